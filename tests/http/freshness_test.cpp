#include "tests/http/head_text.hpp"

#include "http/date.hpp"
#include "http/freshness.hpp"

#include <optional>

namespace thalamus::http::freshness_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

const auto noon = std::chrono::sys_days(std::chrono::year(2024) / 2 / 29) + 12h;

std::optional<seconds> left(std::string_view lines) {
    const response_text answer(lines);
    return freshness_left(answer.head.fields, noon);
}

TEST(freshness, is_unknown_to_an_answer_that_does_not_say) {
    EXPECT_EQ(left(""), std::nullopt);
    EXPECT_EQ(left("Age: 5\r\n"), std::nullopt);
    EXPECT_EQ(left("Date: Thu, 29 Feb 2024 12:00:00 GMT\r\n"), std::nullopt);
    EXPECT_EQ(left("Cache-Control: public, private, s-maxage=5, x-max-age=7\r\n"), std::nullopt);
}

TEST(freshness, is_max_age_less_the_age_it_already_has) {
    EXPECT_EQ(left("Cache-Control: max-age=300\r\n"), 300s);
    EXPECT_EQ(left("cache-control: public, MAX-AGE=300 ,private\r\n"), 300s);
    EXPECT_EQ(left("Cache-Control: max-age=300\r\nAge: 100\r\n"), 200s);
    EXPECT_EQ(left("Cache-Control: max-age=300\r\nAge: 301\r\n"), 0s);
    EXPECT_EQ(left("Cache-Control: private\r\nCache-Control: ,, max-age=7,\r\n"), 7s);
    EXPECT_EQ(left("Cache-Control: max-age=0\r\n"), 0s);
}

TEST(freshness, takes_quoted_values_and_commas_within_quotes) {
    EXPECT_EQ(left("Cache-Control: max-age=\"60\"\r\n"), 60s);
    EXPECT_EQ(left("Cache-Control: private=\"a, no-store\", max-age=60\r\n"), 60s);
    EXPECT_EQ(left("Cache-Control: x=\"a\\\", no-store\", max-age=60\r\n"), 60s);
    EXPECT_EQ(left("Cache-Control: x=\"a\\\\\", no-store, max-age=60\r\n"), 0s);
}

TEST(freshness, is_none_where_use_unasked_is_forbidden) {
    EXPECT_EQ(left("Cache-Control: no-store\r\n"), 0s);
    EXPECT_EQ(left("Cache-Control: max-age=60, No-Store\r\n"), 0s);
    EXPECT_EQ(left("Cache-Control: no-cache, max-age=60\r\n"), 0s);
    EXPECT_EQ(left("Cache-Control: max-age=60\r\nCache-Control: no-cache=\"set-cookie\"\r\n"), 0s);
    EXPECT_EQ(left("Cache-Control: no-store\r\nExpires: Thu, 29 Feb 2024 13:00:00 GMT\r\n"), 0s);
}

TEST(freshness, is_none_where_the_answer_makes_no_sense) {
    for (const auto* value : {"max-age", "max-age=", "max-age=-1", "max-age=+1", "max-age=1.5",
                              "max-age= 60", "max-age=60s", "max-age=\"60", "max-age=\"\"",
                              "max-age=\"", "max-age='60'", "x=\"open, max-age=60", "x=\"\\"})
        EXPECT_EQ(left("Cache-Control: " + std::string(value) + "\r\n"), 0s) << value;
}

TEST(freshness, of_values_that_disagree_is_none) {
    EXPECT_EQ(left("Cache-Control: max-age=60, max-age=60\r\n"), 60s);
    EXPECT_EQ(left("Cache-Control: max-age=60\r\nCache-Control: max-age=61\r\n"), 0s);
    EXPECT_EQ(left("Expires: Thu, 29 Feb 2024 12:01:00 GMT\r\n"
                   "Expires: Thu, 29 Feb 2024 12:02:00 GMT\r\n"),
              0s);
}

TEST(freshness, ends_at_two_to_the_31_seconds) {
    EXPECT_EQ(left("Cache-Control: max-age=2147483648\r\n"), 2147483648s);
    EXPECT_EQ(left("Cache-Control: max-age=2147483649\r\n"), 2147483648s);
    EXPECT_EQ(left("Cache-Control: max-age=99999999999999999999999999\r\n"), 2147483648s);
    EXPECT_EQ(left("Cache-Control: max-age=60\r\nAge: 99999999999999999999999999\r\n"), 0s);
    EXPECT_EQ(left("Expires: Fri, 31 Dec 9999 23:59:59 GMT\r\n"), 2147483648s);
}

TEST(freshness, is_expires_less_date_where_there_is_no_max_age) {
    const std::string expires = "Expires: Thu, 29 Feb 2024 12:10:00 GMT\r\n";
    EXPECT_EQ(left(expires), 600s); // from when it was received
    EXPECT_EQ(left(expires + "Date: Thu, 29 Feb 2024 12:09:00 GMT\r\n"), 60s);
    EXPECT_EQ(left(expires + "Date: Thu, 29 Feb 2024 12:11:00 GMT\r\n"), 0s);
    EXPECT_EQ(left(expires + "Date: soon\r\n"), 600s);
    EXPECT_EQ(left(expires + "Age: 100\r\n"), 500s);
    EXPECT_EQ(left(expires + "Cache-Control: max-age=5\r\n"), 5s);
    EXPECT_EQ(left("Expires: 0\r\n"), 0s);
    EXPECT_EQ(left("Expires: \r\n"), 0s);
    EXPECT_EQ(left("Expires: 0\r\nCache-Control: max-age=5\r\n"), 5s);
}

TEST(freshness, takes_the_first_age_of_a_list_and_ignores_what_is_none) {
    EXPECT_EQ(left("Cache-Control: max-age=60\r\nAge: 10, 50\r\n"), 50s);
    EXPECT_EQ(left("Cache-Control: max-age=60\r\nAge: 10\r\nAge: 50\r\n"), 50s);
    EXPECT_EQ(left("Cache-Control: max-age=60\r\nAge: old\r\n"), 60s);
    EXPECT_EQ(left("Cache-Control: max-age=60\r\nAge: -5\r\n"), 60s);
}

TEST(http_dates, are_read_in_their_three_forms) {
    const auto then = std::chrono::sys_days(std::chrono::year(1994) / 11 / 6) + 8h + 49min + 37s;
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", noon), then);
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", noon), then);
    EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994", noon), then);
    EXPECT_EQ(parse_http_date("Sun Nov 16 08:49:37 1994", noon), then + 24h * 10);
    EXPECT_EQ(parse_http_date(to_http_date(noon).view(), noon), noon);
}

TEST(http_dates, with_two_digits_of_a_year_are_at_most_50_years_ahead) {
    const auto year = [](const char* text) {
        return static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(
                                                                *parse_http_date(text, noon)))
                                    .year());
    };
    EXPECT_EQ(year("Monday, 01-Jan-74 00:00:00 GMT"), 2074);
    EXPECT_EQ(year("Monday, 01-Jan-75 00:00:00 GMT"), 1975);
}

TEST(http_dates, of_any_other_form_are_none) {
    for (const auto* text :
         {"", " ", "0", "Sun,", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
          "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
          "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 29 Feb 2023 08:49:37 GMT",
          "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
          "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ",
          "Sun, 00 Nov 1994 08:49:37 GMT", "Sun Nov 06 08:49:37 94", "784111777"})
        EXPECT_EQ(parse_http_date(text, noon), std::nullopt) << text;
}

} // namespace
} // namespace thalamus::http::freshness_test
