#include "policies/auth/key_refresh.hpp"

#include <gtest/gtest.h>

namespace thalamus::auth::key_refresh_test {
namespace {

using namespace std::chrono_literals;
using time_point = key_refresh::time_point;

constexpr time_point start{1'000h};

class key_refresh_states : public testing::Test {
protected:
    key_refresh refresh{{10s, 1h}};
};

TEST_F(key_refresh_states, begins_at_once_without_keys) {
    EXPECT_LE(refresh.due(true), start);
    EXPECT_LE(refresh.due(false), start);
    EXPECT_LT(refresh.usable_until(), start);
}

TEST_F(key_refresh_states,
       is_due_at_the_owner_before_the_keys_go_stale_and_at_others_when_they_have) {
    refresh.learned(start, 400s);
    EXPECT_EQ(refresh.due(true), start + 300s);
    EXPECT_EQ(refresh.due(false), start + 400s);
    EXPECT_EQ(refresh.usable_until(), start + 400s + 1h);
}

TEST_F(key_refresh_states, retries_later_after_each_failure) {
    auto now = start;
    for (const auto wait : {1s, 2s, 4s, 8s, 10s, 10s, 10s}) {
        refresh.failed(now);
        EXPECT_EQ(refresh.due(true), now + wait) << "not above the cooldown: clients wait";
        now += wait;
    }
    refresh.learned(now - 400s, 400s);
    for (const auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s}) {
        refresh.failed(now);
        EXPECT_EQ(refresh.due(true), now + wait);
        now += wait;
    }
    refresh.learned(now, 400s);
    EXPECT_EQ(refresh.due(true), now + 300s);
    now += 300s;
    refresh.failed(now);
    EXPECT_EQ(refresh.due(true), now + 1s);
    EXPECT_EQ(refresh.due(false), now + 100s) << "not before they are stale";
    EXPECT_EQ(refresh.usable_until(), start + 45s + 243s + 400s + 1h)
        << "failures do not prolong it";
}

TEST_F(key_refresh_states, cools_down_only_after_a_fruitless_fetch) {
    refresh.learned(start, 400s);
    EXPECT_TRUE(refresh.may_be_early(start));
    refresh.fruitless(start + 1s);
    EXPECT_FALSE(refresh.may_be_early(start + 1s));
    EXPECT_FALSE(refresh.may_be_early(start + 11s - 1ns));
    EXPECT_TRUE(refresh.may_be_early(start + 11s));
}

TEST_F(key_refresh_states, takes_what_the_issuer_says_within_a_day) {
    EXPECT_EQ(key_refresh::lifetime(std::nullopt), 5min);
    EXPECT_EQ(key_refresh::lifetime(0s), 5min) << "what must not be stored";
    EXPECT_EQ(key_refresh::lifetime(1s), 1s);
    EXPECT_EQ(key_refresh::lifetime(600s), 600s);
    EXPECT_EQ(key_refresh::lifetime(std::chrono::seconds(1) * 0x7fffffff), 24h);
}

} // namespace
} // namespace thalamus::auth::key_refresh_test
