#include "policies/auth/requirements.hpp"
#include "policies/auth/token_cache.hpp"

#include <gtest/gtest.h>

namespace thalamus::auth::principal_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

const std::chrono::system_clock::time_point now{1'764'000'000s};

TEST(claims, are_found_by_name_and_by_dots) {
    const json claims{{"a", {{"b", {{"c", 1}}}, {"b.c", 2}}},
                      {"x.y", 3},
                      {"x", {{"y", 4}}},
                      {"https://e.example/tier", "gold"}};
    const auto value = [&](std::string_view name) {
        const auto* found = find_claim(claims, name);
        return found ? *found : json();
    };
    EXPECT_EQ(value("a.b.c"), 1);
    EXPECT_EQ(value("a.\"b.c\""), 2);
    EXPECT_EQ(value("x.y"), 3) << "the exact name first";
    EXPECT_EQ(value("\"x\".y"), 4);
    EXPECT_EQ(value("https://e.example/tier"), "gold");
    EXPECT_EQ(value("a.b"), json({{"c", 1}}));
    for (const auto* none : {"", ".", ".a", "a.b.c.d", "b", "x.y.z", "\"", "\"\""})
        EXPECT_TRUE(value(none).is_null()) << none;
}

TEST(principals, of_tokens_have_scopes_and_groups_in_either_form) {
    auto who = principal_of_token("idp", "jwt",
                                  {{"sub", "alice"},
                                   {"scope", "a  b "},
                                   {"scp", {"c", 1}},
                                   {"groups", "g"},
                                   {"roles", {"r", "s"}}},
                                  now);
    EXPECT_EQ(who.id, "idp/alice");
    EXPECT_EQ(who.name, "alice");
    EXPECT_EQ(who.scopes, (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(who.groups, (std::vector<std::string>{"g", "r", "s"}));
    EXPECT_EQ(principal_of_token("idp", "jwt", json::object(), now).id, "");
    EXPECT_EQ(principal_of_token("idp", "jwt", {{"sub", 1}, {"scope", 7}}, now).id, "");
    EXPECT_EQ(principal_of_token("idp", "jwt", json::object(), now).identity_lines,
              "X-Auth-Method: jwt\r\n");
}

TEST(requirements, are_all_met_or_the_first_that_is_not_is_told) {
    config::require_settings required;
    principal who;
    EXPECT_EQ(what_lacks(required, who), std::nullopt);
    required.any_scope = {"a", "b"};
    EXPECT_EQ(what_lacks(required, who), unmet::scope);
    who.scopes = {"b"};
    EXPECT_EQ(what_lacks(required, who), std::nullopt);
    required.scopes = {"b", "c"};
    EXPECT_EQ(what_lacks(required, who), unmet::scope);
    who.scopes.push_back("c");
    required.groups = {"g", "h"};
    EXPECT_EQ(what_lacks(required, who), unmet::group);
    who.groups = {"h"};
    required.claims = {{"n", {"1"}}, {"b", {"true"}}, {"list", {"x", "y"}}};
    EXPECT_EQ(what_lacks(required, who), unmet::claim);
    who.claims = {{"n", 1}, {"b", true}, {"list", {"z", "y"}}};
    EXPECT_EQ(what_lacks(required, who), std::nullopt);
    for (const auto& other : {json{{"n", 1.5}}, json{{"b", "TRUE"}}, json{{"list", json::array()}},
                              json{{"list", {{"x", 1}}}}, json{{"n", nullptr}}}) {
        auto claims = who.claims;
        claims.update(other);
        principal changed = who;
        changed.claims = claims;
        EXPECT_EQ(what_lacks(required, changed), unmet::claim) << other;
    }
}

TEST(requirements, admit_by_address_and_nobody_whose_address_is_not_known) {
    const auto range = [](std::string_view first, unsigned bits) {
        config::network made{{}, bits};
        EXPECT_TRUE(base::parse_ip(first, made.address));
        return made;
    };
    const auto client = [](std::string_view ip, bool known = true) {
        http::client_address from;
        EXPECT_TRUE(base::parse_ip(ip, from.ip));
        from.known = known;
        return from;
    };
    config::require_settings required;
    EXPECT_TRUE(admits(required, client("10.0.0.1")));
    EXPECT_TRUE(admits(required, client("10.0.0.1", false))) << "nothing is asked of it";
    required.deny_ip = {range("10.9.0.0", 112)};
    EXPECT_TRUE(admits(required, client("10.0.0.1")));
    EXPECT_FALSE(admits(required, client("10.9.0.1")));
    EXPECT_FALSE(admits(required, client("10.0.0.1", false)));
    required.ip = {range("10.0.0.0", 104)};
    EXPECT_TRUE(admits(required, client("10.0.0.1")));
    EXPECT_FALSE(admits(required, client("10.9.0.1")));
    EXPECT_FALSE(admits(required, client("192.0.2.1")));
    required.deny_ip.clear();
    EXPECT_TRUE(admits(required, client("10.0.0.1")));
    EXPECT_FALSE(admits(required, client("10.0.0.1", false)));
}

TEST(token_cache, remembers_until_a_token_expires_and_no_more_than_its_bound) {
    token_cache cache({100, 1'000});
    const auto name = [](int i) { return base::sha256(std::to_string(i)); };
    auto who = std::make_shared<principal>();
    who->expires = now + 10s;
    cache.add(name(0), who, 1);
    EXPECT_EQ(cache.find(name(0), now + 9s), who);
    EXPECT_EQ(cache.find(name(0), now + 10s), nullptr);
    EXPECT_EQ(cache.find(name(1), now), nullptr);
    for (int i = 0; i < 10'000; ++i) {
        cache.add(name(i), who, 1);
        ASSERT_LE(cache.size(), 100u);
        ASSERT_EQ(cache.find(name(i), now), who);
        ASSERT_EQ(cache.find(name(0), now), who) << "what is asked for stays";
    }
    EXPECT_EQ(cache.find(name(5000), now), nullptr);
    token_cache heavy({100, 1'000});
    for (int i = 0; i < 100; ++i) {
        heavy.add(name(i), who, 100);
        ASSERT_LE(heavy.size(), 10u) << "bytes count, too";
    }
    cache.clear();
    EXPECT_EQ(cache.find(name(99), now), nullptr);
}

} // namespace
} // namespace thalamus::auth::principal_test
