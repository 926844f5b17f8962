#include "policies/auth/issued_keys.hpp"

#include <gtest/gtest.h>

namespace thalamus::auth::issued_keys_test {
namespace {

using namespace std::chrono_literals;

issued_key made(const std::string& id, const std::string& key,
                const std::string& consumer = "acme") {
    issued_key what;
    what.id = id;
    what.consumer = consumer;
    what.digest = base::sha256(key);
    what.created = std::chrono::system_clock::time_point(1'730'000'000s);
    return what;
}

std::vector<config::consumer_settings> acme() {
    std::vector<config::consumer_settings> all(1);
    all[0].name = "acme";
    all[0].groups = {"partners"};
    return all;
}

TEST(issued_keys, belong_to_their_consumer_until_they_are_removed) {
    const auto consumers = acme();
    issued_keys keys(consumers);
    keys.add(made("k1", "one"));
    keys.add(made("k2", "two"));
    const auto who = keys.find(base::sha256("one"));
    ASSERT_TRUE(who);
    EXPECT_EQ(who->name, "acme");
    EXPECT_EQ(who->method, "api_key");
    EXPECT_EQ(who->key_id, "k1");
    EXPECT_EQ(who->groups, std::vector<std::string>{"partners"}) << "of the configuration";
    EXPECT_EQ(keys.find(base::sha256("three")), nullptr);
    EXPECT_EQ(keys.remove("k1")->digest, base::sha256("one"));
    EXPECT_EQ(keys.find(base::sha256("one")), nullptr);
    EXPECT_TRUE(keys.find(base::sha256("two")));
    EXPECT_EQ(keys.remove("k1"), std::nullopt);
}

TEST(issued_keys, of_consumers_that_nobody_configured_have_groups_of_their_own) {
    const auto consumers = acme();
    issued_keys keys(consumers);
    auto key = made("k1", "one", "guest");
    key.groups = {"visitors"};
    keys.add(key);
    EXPECT_EQ(keys.find(base::sha256("one"))->groups, std::vector<std::string>{"visitors"});
    key = made("k2", "two");
    key.groups = {"admins"};
    keys.add(key);
    EXPECT_EQ(keys.find(base::sha256("two"))->groups, std::vector<std::string>{"partners"})
        << "what is configured counts";
}

TEST(issued_keys, are_listed_by_consumer_in_the_order_they_were_made) {
    const auto consumers = acme();
    issued_keys keys(consumers);
    auto later = made("a", "three");
    later.created += 1s;
    keys.add(later);
    keys.add(made("c", "one"));
    keys.add(made("b", "two"));
    keys.add(made("d", "four", "other"));
    std::vector<std::string> ids;
    for (const auto& each : keys.keys_of("acme")) ids.push_back(each.id);
    EXPECT_EQ(ids, (std::vector<std::string>{"b", "c", "a"}));
    EXPECT_TRUE(keys.keys_of("nobody").empty());
}

TEST(issued_keys, are_read_as_they_were_written_and_nonsense_is_refused) {
    auto key = made("k1", "one");
    key.groups = {"a", "b"};
    const auto member = to_member(key);
    EXPECT_EQ(member.find("one"), std::string::npos);
    const auto read = issued_key_of(member);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->id, "k1");
    EXPECT_EQ(read->consumer, "acme");
    EXPECT_EQ(read->digest, key.digest);
    EXPECT_EQ(read->created, key.created);
    EXPECT_EQ(read->groups, key.groups);
    EXPECT_EQ(read->member, member);
    for (const auto& bad :
         {std::string(), std::string("{}"), std::string("[]"), member.substr(1), member + "x",
          std::string(R"({"id":"","consumer":"a","created":1,"groups":[],"sha256":"00"})")})
        EXPECT_FALSE(issued_key_of(bad)) << bad;
}

} // namespace
} // namespace thalamus::auth::issued_keys_test
