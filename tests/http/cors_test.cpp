#include "http/cors.hpp"

#include "tests/http/head_text.hpp"

#include <gmock/gmock.h>

namespace thalamus::http::cors_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

config::cors_settings settings(std::vector<std::string> origins) {
    config::cors_settings s;
    s.origins = std::move(origins);
    return s;
}

std::string preflight(const cors_policy& policy, std::string_view origin,
                      std::string_view more = "", std::string_view method = "PUT") {
    const request_text request("Origin: " + std::string(origin) +
                                   "\r\nAccess-Control-Request-Method: " + std::string(method) +
                                   "\r\n" + std::string(more),
                               "OPTIONS /a HTTP/1.1\r\nHost: h\r\n");
    std::string lines;
    policy.append_preflight_fields(request.head, lines);
    return lines;
}

std::string actual(const cors_policy& policy, std::string_view origin) {
    std::string lines;
    policy.append_response_fields(origin, lines);
    return lines;
}

TEST(cors, knows_its_origins) {
    const cors_policy policy(
        settings({"https://app.example.com", "https://*.example.org", "http://localhost:3000"}));
    for (auto good : {"https://app.example.com", "https://a.example.org", "https://a.b.example.org",
                      "http://localhost:3000"})
        EXPECT_TRUE(policy.allows(good)) << good;
    for (auto bad :
         {"", "null", "http://app.example.com", "https://app.example.com:8443",
          "https://app.example.com.evil.net", "https://example.org", "https://.example.org",
          "https://evil.net/.example.org", "https://a.example.org:1", "https://evilexample.org",
          "https://a@b.example.org", "http://a.example.org", "http://localhost", "*"})
        EXPECT_FALSE(policy.allows(bad)) << bad;
    const cors_policy any(settings({"*"}));
    EXPECT_TRUE(any.allows("https://x"));
    EXPECT_TRUE(any.allows("null"));
}

TEST(cors, answers_a_preflight) {
    auto s = settings({"https://www.foo.com"});
    s.methods = {"GET", "OPTIONS"};
    s.headers = {"x-header-1", "x-header-2"};
    s.expose = {"x-header-3", "x-header-4"};
    s.credentials = true;
    s.max_age = std::chrono::hours(1);
    const cors_policy policy(s);
    EXPECT_EQ(
        preflight(policy, "https://www.foo.com", "Access-Control-Request-Headers: x-header-1\r\n"),
        "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\r\n"
        "Access-Control-Allow-Origin: https://www.foo.com\r\n"
        "Access-Control-Allow-Credentials: true\r\n"
        "Access-Control-Allow-Methods: GET, OPTIONS\r\n"
        "Access-Control-Allow-Headers: x-header-1, x-header-2\r\n"
        "Access-Control-Expose-Headers: x-header-3, x-header-4\r\n"
        "Access-Control-Max-Age: 3600\r\n");
    EXPECT_EQ(preflight(policy, "https://foobar.com"),
              "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\r\n");
}

TEST(cors, grants_by_name_what_a_star_allows) {
    auto s = settings({"*"});
    s.methods = s.headers = {"*"};
    s.credentials = true;
    const cors_policy policy(s);
    const auto lines =
        preflight(policy, "https://o", "Access-Control-Request-Headers: x-a, x-b\r\n", "PATCH");
    EXPECT_THAT(values_of(lines, "Access-Control-Allow-Origin"), ElementsAre("https://o"));
    EXPECT_THAT(values_of(lines, "Access-Control-Allow-Methods"), ElementsAre("PATCH"));
    EXPECT_THAT(values_of(lines, "Access-Control-Allow-Headers"), ElementsAre("x-a, x-b"));
    EXPECT_THAT(values_of(preflight(policy, "https://o"), "Access-Control-Allow-Headers"),
                IsEmpty());
}

TEST(cors, without_methods_grants_the_one_asked_for) {
    EXPECT_THAT(values_of(preflight(cors_policy(settings({"*"})), "https://o"),
                          "Access-Control-Allow-Methods"),
                ElementsAre("PUT"));
}

TEST(cors, marks_other_answers) {
    auto s = settings({"https://a"});
    s.expose = {"X-Total"};
    EXPECT_EQ(actual(cors_policy(s), "https://a"),
              "Vary: Origin\r\nAccess-Control-Allow-Origin: "
              "https://a\r\nAccess-Control-Expose-Headers: X-Total\r\n");
    EXPECT_EQ(actual(cors_policy(s), "https://b"), "Vary: Origin\r\n");
    EXPECT_EQ(actual(cors_policy(s), ""), "Vary: Origin\r\n");
    // The same for every origin, so that a cache may give it to all.
    EXPECT_EQ(actual(cors_policy(settings({"*"})), ""), "Access-Control-Allow-Origin: *\r\n");
    auto with = settings({"*"});
    with.credentials = true;
    EXPECT_EQ(actual(cors_policy(with), "https://a"),
              "Vary: Origin\r\nAccess-Control-Allow-Origin: "
              "https://a\r\nAccess-Control-Allow-Credentials: true\r\n");
    EXPECT_EQ(actual(cors_policy(with), ""), "Vary: Origin\r\n");
}

} // namespace
} // namespace thalamus::http::cors_test
