#include "http/freshness.hpp"

#include <gtest/gtest.h>

namespace thalamus::http {
namespace {

using std::chrono::seconds;

std::optional<seconds> left(std::initializer_list<std::pair<const char*, const char*>> fields) {
    field_list list;
    for (const auto& [name, value] : fields) list.push_back({field_id::other, name, value});
    return freshness_left(list);
}

TEST(freshness, is_what_max_age_says_less_the_age) {
    EXPECT_EQ(left({}), std::nullopt);
    EXPECT_EQ(left({{"Cache-Control", "public, must-revalidate"}}), std::nullopt);
    EXPECT_EQ(left({{"Cache-Control", "max-age=300"}}), seconds(300));
    EXPECT_EQ(left({{"cache-control", "public , MAX-AGE=\"300\" ,x"}}), seconds(300));
    EXPECT_EQ(left({{"Cache-Control", "max-age=300"}, {"Age", "100"}}), seconds(200));
    EXPECT_EQ(left({{"Cache-Control", "max-age=300"}, {"Age", "400"}}), seconds(0));
    EXPECT_EQ(left({{"Cache-Control", "max-age=300"}, {"Age", "x"}}), seconds(300));
    EXPECT_EQ(left({{"Cache-Control", "ext=\"a, max-age=5\", max-age=300"}}), seconds(300));
}

TEST(freshness, is_none_where_it_must_not_be_kept_or_cannot_be_read) {
    EXPECT_EQ(left({{"Cache-Control", "no-store"}}), seconds(0));
    EXPECT_EQ(left({{"Cache-Control", "max-age=300, no-cache"}}), seconds(0));
    EXPECT_EQ(left({{"Cache-Control", "no-cache=\"Set-Cookie\""}}), seconds(0));
    for (const auto* bad : {"max-age", "max-age=", "max-age=-1", "max-age=1.5", "max-age=x",
                            "max-age=\"3"})
        EXPECT_EQ(left({{"Cache-Control", bad}}), seconds(0)) << bad;
}

TEST(freshness, is_the_least_of_several_and_bounded) {
    EXPECT_EQ(left({{"Cache-Control", "max-age=300, max-age=10"}}), seconds(10));
    EXPECT_EQ(left({{"Cache-Control", "max-age=300"}, {"Cache-Control", "max-age=20"}}),
              seconds(20));
    EXPECT_EQ(left({{"Cache-Control", "max-age=99999999999999999999999"}}),
              seconds(std::int64_t{1} << 31));
}

} // namespace
} // namespace thalamus::http
