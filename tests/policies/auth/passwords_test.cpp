// Users, what is remembered of them, and which checks wait.

#include "policies/auth/password_memory.hpp"
#include "policies/auth/password_queue.hpp"
#include "policies/auth/passwords.hpp"

#include <gtest/gtest.h>

#include <set>

namespace thalamus::auth::passwords_test {
namespace {

using namespace std::chrono_literals;

std::vector<config::consumer_settings> consumers() {
    std::vector<config::consumer_settings> all(3);
    all[0].name = "acme";
    all[0].groups = {"partners"};
    all[0].basic = {"wile", "hash of wile"};
    all[1].name = "keys only";
    all[2].name = "other";
    all[2].basic = {"bugs", "hash of bugs"};
    return all;
}

std::optional<password_lookup> question(const passwords& of, const basic_credentials& about) {
    return of.lookup(about, name_of(about));
}

TEST(passwords, of_a_known_user_are_checked_against_its_hash) {
    const passwords users(consumers());
    const basic_credentials wile{"wile", "secret"};
    const auto asked = question(users, wile);
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->name, name_of(wile));
    EXPECT_EQ(asked->password, "secret");
    EXPECT_EQ(asked->hash, "hash of wile");
    ASSERT_TRUE(asked->principal);
    EXPECT_EQ(asked->principal->name, "acme");
    EXPECT_EQ(asked->principal->id, "acme");
    EXPECT_EQ(asked->principal->method, "basic");
    EXPECT_EQ(asked->principal->groups, std::vector<std::string>{"partners"});
    EXPECT_NE(asked->principal->identity_lines.find("X-Consumer-Id: acme\r\n"), std::string::npos);
    EXPECT_EQ(question(users, {"bugs", ""})->principal->name, "other");
}

TEST(passwords, of_an_unknown_user_cost_as_much_and_belong_to_nobody) {
    const passwords users(consumers());
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const basic_credentials nobody{"user" + std::to_string(i), "secret"};
        const auto asked = question(users, nobody);
        ASSERT_TRUE(asked);
        EXPECT_FALSE(asked->principal);
        EXPECT_EQ(question(users, nobody)->hash, asked->hash) << "one user, one cost";
        seen.insert(asked->hash);
    }
    EXPECT_EQ(seen, (std::set<std::string>{"hash of bugs", "hash of wile"}));
    EXPECT_FALSE(question(users, {"acme", ""})->principal) << "a consumer's name is no user";
    EXPECT_FALSE(question(passwords({}), {"wile", "secret"}));
}

TEST(password_name, is_one_for_each_pair_and_no_plain_hash) {
    EXPECT_EQ(name_of({"a", "b"}), name_of({"a", "b"}));
    std::set<password_name> names;
    for (const auto& pair :
         {basic_credentials{"a", "b"}, {"a", "bb"}, {"ab", ""}, {"", "ab"}, {"a", ":b"}, {"", ""}})
        names.insert(name_of(pair));
    EXPECT_EQ(names.size(), 6u);
    EXPECT_NE(name_of({"a", "b"}), base::sha256("a:b"));
}

TEST(password_memory, remembers_for_a_minute_however_often_it_is_asked) {
    password_memory memory;
    const password_memory::time_point begin{};
    const auto who = std::make_shared<principal>();
    const auto name = name_of({"a", "b"});
    EXPECT_EQ(memory.find(name, begin), nullptr);
    memory.add(name, who, begin);
    for (auto now = begin; now < begin + 60s; now += 10s) EXPECT_EQ(memory.find(name, now), who);
    EXPECT_EQ(memory.find(name_of({"a", "c"}), begin), nullptr);
    EXPECT_EQ(memory.find(name, begin + 60s), nullptr);
    EXPECT_EQ(memory.size(), 0u);
    memory.add(name, who, begin + 90s);
    EXPECT_EQ(memory.find(name, begin + 149s), who) << "right once more";
}

TEST(password_memory, holds_no_more_than_its_bound_and_keeps_what_is_used) {
    password_memory memory(100);
    const password_memory::time_point begin{};
    const auto who = std::make_shared<principal>();
    const auto name = [](int i) { return name_of({"u", std::to_string(i)}); };
    for (int i = 0; i < 1000; ++i) {
        memory.add(name(i), who, begin);
        ASSERT_LE(memory.size(), 100u);
        ASSERT_EQ(memory.find(name(0), begin), who);
    }
    EXPECT_EQ(memory.find(name(500), begin), nullptr);
}

class password_queue_test : public ::testing::Test {
protected:
    using queue = password_queue<int>;
    static password_lookup asking(const std::string& password) {
        return {name_of({"u", password}), password, "hash", nullptr};
    }
    queue::added add(const std::string& password, int who) {
        return waiting.add(asking(password), who);
    }
    std::string take() {
        const auto next = waiting.take();
        return next ? next->password : "(none)";
    }
    std::vector<int> finish(const std::string& password) {
        return waiting.finish(asking(password).name);
    }
    void cancel(const std::string& password, int who) {
        waiting.cancel(asking(password).name, who);
    }
    queue waiting{3};
};

TEST_F(password_queue_test, gives_the_oldest_first_and_each_once) {
    EXPECT_EQ(add("a", 1), queue::added::first);
    EXPECT_EQ(add("b", 2), queue::added::first);
    EXPECT_EQ(take(), "a");
    EXPECT_EQ(take(), "b");
    EXPECT_EQ(take(), "(none)");
    EXPECT_EQ(finish("b"), std::vector<int>{2});
    EXPECT_EQ(finish("a"), std::vector<int>{1});
    EXPECT_EQ(add("a", 3), queue::added::first) << "an answer is not kept";
}

TEST_F(password_queue_test, makes_equal_checks_once_also_while_they_are_made) {
    add("a", 1);
    EXPECT_EQ(add("a", 2), queue::added::joined);
    EXPECT_EQ(take(), "a");
    EXPECT_EQ(add("a", 3), queue::added::joined);
    EXPECT_EQ(take(), "(none)");
    EXPECT_EQ(finish("a"), (std::vector<int>{1, 2, 3}));
}

TEST_F(password_queue_test, refuses_what_its_bound_does_not_hold) {
    for (const auto* password : {"a", "b", "c"}) EXPECT_EQ(add(password, 1), queue::added::first);
    EXPECT_EQ(add("d", 2), queue::added::overload);
    EXPECT_EQ(add("b", 2), queue::added::joined) << "costs nothing";
    take();
    EXPECT_EQ(add("d", 2), queue::added::first);
}

TEST_F(password_queue_test, drops_what_nobody_waits_for) {
    add("a", 1);
    add("b", 1);
    add("b", 2);
    cancel("a", 1);
    cancel("b", 1);
    cancel("gone", 1);
    EXPECT_EQ(take(), "b");
    EXPECT_TRUE(waiting.idle());
    cancel("b", 2); // a check under way is made to its end
    EXPECT_EQ(add("b", 3), queue::added::joined);
    EXPECT_EQ(finish("b"), std::vector<int>{3});
}

} // namespace
} // namespace thalamus::auth::passwords_test
