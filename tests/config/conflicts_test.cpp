// Routes with the same precedence that can match the same request.

#include "tests/config/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace thalamus::config::conflicts_test {
namespace {

bool conflict(const std::string& first, const std::string& second) {
    const auto problems = problems_of("routes:\n  - {respond: {}, match: " + first +
                                      "}\n  - {respond: {}, match: " + second + "}\n");
    for (const auto& problem : problems)
        EXPECT_THAT(problem, testing::HasSubstr("have the same precedence")) << first << second;
    return !problems.empty();
}

TEST(conflicts, are_reported_with_both_places) {
    EXPECT_THAT(problems_of("routes:\n  - {id: a, respond: {}, match: {path: \"/u/{id}\"}}\n"
                            "  - {id: b, respond: {}, match: {path: \"/u/{name}\"}}\n"),
                testing::ElementsAre("gateway.yaml:3:5: routes[1]: this route and \"a\" at "
                                     "gateway.yaml:2:5 have the same precedence and can match the "
                                     "same request; make one more specific: path, hosts, methods, "
                                     "or more conditions on headers and query"));
}

TEST(conflicts, are_between_equal_shapes_only) {
    EXPECT_TRUE(conflict("{path: /a}", "{path: /%61}"));
    EXPECT_TRUE(conflict("{path: \"/{a...}\"}", "{path: \"/{b...}\"}"));
    EXPECT_FALSE(conflict("{path: /a}", "{path: /b}"));
    EXPECT_FALSE(conflict("{path: /a}", "{path: /a/}"));
    EXPECT_FALSE(conflict("{path: \"/{a}\"}", "{path: \"/{a...}\"}"));
    EXPECT_FALSE(conflict("{path: \"/a/{x}\"}", "{path: \"/{x}/b\"}"));
    EXPECT_FALSE(conflict("{path: /A}", "{path: /a}"));
}

TEST(conflicts, need_an_equal_host_pattern) {
    EXPECT_TRUE(conflict("{path: /, hosts: [a.com, b.com]}", "{path: /, hosts: [c.com, B.com]}"));
    EXPECT_TRUE(conflict("{path: /, hosts: [\"*.com\"]}", "{path: /, hosts: [\"*.com\"]}"));
    EXPECT_FALSE(conflict("{path: /, hosts: [a.com]}", "{path: /, hosts: [b.com]}"));
    EXPECT_FALSE(conflict("{path: /, hosts: [a.com]}", "{path: /, hosts: [\"*.com\"]}"));
    EXPECT_FALSE(conflict("{path: /, hosts: [\"*.a.com\"]}", "{path: /, hosts: [\"*.com\"]}"));
    EXPECT_FALSE(conflict("{path: /, hosts: [a.com]}", "{path: /}"));
    EXPECT_FALSE(conflict("{path: /, hosts: [a.com, a.com]}", "{path: /x}"));
}

TEST(conflicts, need_a_shared_method) {
    EXPECT_TRUE(conflict("{path: /, methods: [GET, PUT]}", "{path: /, methods: [PUT]}"));
    EXPECT_TRUE(conflict("{path: /, methods: [GET]}", "{path: /}"));
    EXPECT_FALSE(conflict("{path: /, methods: [GET]}", "{path: /, methods: [PUT, HEAD]}"));
}

TEST(conflicts, need_conditions_that_can_hold_at_once_and_are_as_many) {
    EXPECT_TRUE(conflict("{path: /, headers: {X: 1}}", "{path: /, headers: {x: 1}}"));
    EXPECT_TRUE(conflict("{path: /, headers: {X: 1}}", "{path: /, headers: {Y: 1}}"));
    EXPECT_TRUE(conflict("{path: /, headers: {X: 1}}", "{path: /, query: {X: 2}}"));
    EXPECT_TRUE(conflict("{path: /, headers: {A: 1, B: 1}}", "{path: /, headers: {B: 1, C: 1}}"));
    EXPECT_FALSE(conflict("{path: /, headers: {X: 1}}", "{path: /, headers: {X: 2}}"));
    EXPECT_FALSE(conflict("{path: /, headers: {A: 1, B: 1}}", "{path: /, headers: {B: 2, C: 1}}"));
    EXPECT_FALSE(conflict("{path: /, headers: {X: 1}}", "{path: /}"));
    EXPECT_FALSE(
        conflict("{path: /, headers: {X: 1}}", "{path: /, headers: {X: 1}, query: {a: b}}"));
}

TEST(conflicts, are_found_among_ten_thousand_routes_in_little_time) {
    std::string yaml = "services: {s: {targets: ['http://a']}}\nroutes:\n";
    for (int i = 0; i < 10000; ++i)
        yaml += "  - {id: r" + std::to_string(i) + ", service: s, match: {path: \"/tenants/t" +
                std::to_string(i / 2) + "/{id}\", hosts: [h" + std::to_string(i % 2) +
                ".example.com]}}\n";
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(must_load(yaml)->routes.size(), 10000u);
    // Far above what it takes (about a second unoptimised), far below what pairs would take.
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
    yaml += "  - {service: s, match: {path: \"/tenants/t4999/{x}\", hosts: [h1.example.com]}}\n";
    EXPECT_THAT(problems_of(yaml), testing::ElementsAre(testing::HasSubstr("\"r9999\"")));
}

TEST(conflicts, are_found_among_routes_that_differ_in_a_condition_only) {
    std::string yaml = "routes:\n";
    for (int i = 0; i < 5000; ++i)
        yaml += "  - {respond: {}, match: {path: /, headers: {X-Tenant: t" + std::to_string(i) +
                "}}}\n";
    EXPECT_EQ(must_load(yaml)->routes.size(), 5000u);
}

} // namespace
} // namespace thalamus::config::conflicts_test
