// The section rate_limits, and rate_limit of routes.

#include "tests/config/problem_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace thalamus::config::rate_limits_test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using part = limit_key_part::kind;

rate_limit_settings limit(const std::string& members) {
    return must_load(a_route + "rate_limits:\n  per-client: {" + members + "}\n")
        ->rate_limits.at(0);
}

TEST(rate_limits, need_a_rate_only) {
    const auto value = limit("rate: 100/min");
    EXPECT_EQ(value.name, "per-client");
    EXPECT_EQ(value.where.line, 3);
    ASSERT_EQ(value.key.size(), 1u);
    EXPECT_EQ(value.key[0].type, part::consumer);
    EXPECT_EQ(value.count, 100u);
    EXPECT_EQ(value.period, std::chrono::minutes(1));
    EXPECT_EQ(value.burst, 100u);
    EXPECT_EQ(value.algorithm, limit_algorithm::token_bucket);
    EXPECT_EQ(value.missing, on_missing_key::client_ip);
    EXPECT_EQ(value.ipv6_prefix, 64u);
    EXPECT_EQ(value.failure, on_store_failure::share);
    EXPECT_FALSE(value.dry_run);
    EXPECT_TRUE(must_load(a_route)->rate_limits.empty());
}

TEST(rate_limits, take_every_setting) {
    const auto value =
        limit("key: [route, \"header:X-Tenant\", \"claim:https://a.example/b\", consumer, "
              "client_ip], rate: 10/10s, burst: 1000, on_missing_key: skip, ipv6_prefix: 128, "
              "on_store_failure: closed, dry_run: true");
    ASSERT_EQ(value.key.size(), 5u);
    EXPECT_EQ(value.key[0].type, part::route);
    EXPECT_EQ(value.key[1].type, part::header);
    EXPECT_EQ(value.key[1].name, "x-tenant");
    EXPECT_EQ(value.key[2].type, part::claim);
    EXPECT_EQ(value.key[2].name, "https://a.example/b");
    EXPECT_EQ(value.key[3].type, part::consumer);
    EXPECT_EQ(value.key[4].type, part::client_ip);
    EXPECT_EQ(value.burst, 1000u);
    EXPECT_EQ(value.missing, on_missing_key::skip);
    EXPECT_EQ(value.ipv6_prefix, 128u);
    EXPECT_EQ(value.failure, on_store_failure::closed);
    EXPECT_TRUE(value.dry_run);
    EXPECT_EQ(limit("rate: 1/s, on_missing_key: reject").missing, on_missing_key::reject);
    EXPECT_EQ(limit("rate: 1/s, on_store_failure: open").failure, on_store_failure::open);
}

TEST(rate_limits, of_windows_have_their_count_for_a_burst) {
    EXPECT_EQ(limit("rate: 7/s, algorithm: fixed_window").algorithm, limit_algorithm::fixed_window);
    EXPECT_EQ(limit("rate: 7/s, algorithm: sliding_window").burst, 7u);
}

TEST(rate_limits, reach_from_one_to_a_billion_and_from_a_millisecond_to_30_days) {
    EXPECT_EQ(limit("rate: 1000000000/ms, burst: 100000000000").burst, 100'000'000'000u);
    EXPECT_EQ(limit("rate: 1/30d, burst: 1").period, std::chrono::hours(720));
}

TEST(rate_limits, are_named_by_routes_in_a_list_or_alone) {
    const auto value =
        must_load("rate_limits: {a: {rate: 1/s}, b: {rate: 2/s}, unused: {rate: 3/s}}\n"
                  "routes:\n"
                  "  - {match: {path: /1}, respond: {}, rate_limit: [b, a]}\n"
                  "  - {match: {path: /2}, respond: {}, rate_limit: b}\n"
                  "  - {match: {path: /3}, respond: {}, rate_limit: []}\n"
                  "  - {match: {path: /4}, respond: {}}\n");
    EXPECT_THAT(value->routes[0].rate_limits, ElementsAre(1, 0));
    EXPECT_THAT(value->routes[1].rate_limits, ElementsAre(1));
    EXPECT_THAT(value->routes[2].rate_limits, IsEmpty());
    EXPECT_THAT(value->routes[3].rate_limits, IsEmpty());
    const auto routes = json::parse(value->effective)["routes"];
    EXPECT_EQ(routes[0]["rate_limit"], json::parse(R"(["b", "a"])"));
    EXPECT_FALSE(routes[3].contains("rate_limit"));
}

TEST(rate_limits, of_included_files_are_merged) {
    memory outside{
        {{"gateway.yaml", "include: [more.yaml]\nrate_limits: {a: {rate: 1/s}}\n"},
         {"more.yaml", "rate_limits: {b: {rate: 2/s}}\n"
                       "routes: [{match: {path: /}, respond: {}, rate_limit: [b, a]}]\n"}},
        {}};
    const auto value = must_load(outside);
    EXPECT_EQ(value->rate_limits.size(), 2u);
    EXPECT_THAT(value->routes[0].rate_limits, ElementsAre(1, 0));
    EXPECT_EQ(value->rate_limits[1].where.file, "more.yaml");
    outside.files["more.yaml"] = "rate_limits: {a: {rate: 2/s}}\n" + a_route;
    EXPECT_THAT(problems_of(outside),
                ElementsAre("more.yaml:1:15: rate_limits.a: defined twice; first at "
                            "gateway.yaml:2:15; keep one of them"));
}

TEST(rate_limits, may_be_json) {
    EXPECT_EQ(must_load(R"({"rate_limits": {"a": {"key": "client_ip", "rate": "5/min", "burst": 2}},
                            "routes": [{"match": {"path": "/"}, "respond": {}, "rate_limit": "a"}]})")
                  ->rate_limits[0]
                  .burst,
              2u);
}

TEST(rate_limits, are_shown_in_the_shape_of_the_file) {
    const auto value = must_load(
        a_service + "rate_limits:\n  a: {rate: 60/60s, key: [\"header:X-A\", \"claim:sub\"]}\n"
                    "  b: {rate: 10/10s, key: [route, client_ip], algorithm: "
                    "sliding_window}\n"
                    "routes: [{match: {path: /}, service: users, rate_limit: [b]}]\n");
    EXPECT_EQ(json::parse(value->effective)["rate_limits"], json::parse(R"({
        "a": {"key": ["header:x-a", "claim:sub"], "rate": "60/min", "burst": 60,
              "algorithm": "token_bucket", "on_missing_key": "client_ip", "ipv6_prefix": 64,
              "on_store_failure": "share", "dry_run": false},
        "b": {"key": ["route", "client_ip"], "rate": "10/10s", "algorithm": "sliding_window",
              "on_missing_key": "client_ip", "ipv6_prefix": 64, "on_store_failure": "share",
              "dry_run": false}})"));
    const auto again = must_load(value->effective);
    EXPECT_EQ(again->effective, value->effective);
    EXPECT_EQ(again->version, value->version);
}

} // namespace
} // namespace thalamus::config::rate_limits_test
