#include "tests/policies/limits/world.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace thalamus::limits::test::limiter_test {
namespace {

using config::limit_algorithm;
using outcome = limiter::verdict::outcome;

/// A request that goes away before anything is decided.
struct undecided final : admission {
    using admission::admission;
    void decided(const limiter::verdict&) override { FAIL(); }
};

class limiter_test : public ::testing::Test {
protected:
    node& start(std::vector<rule> rules, std::int64_t delay = 100, std::size_t most = 1000) {
        rules_ = std::move(rules);
        node_ = std::make_unique<node>(ledger_, rules_, 1, delay, delay, most);
        return *node_;
    }
    void send(std::vector<std::size_t> rules, std::string_view key = "k") {
        request::send(world_, *node_, rules, key, [this](bool g) { answers_.push_back(g); });
    }
    void pass(std::chrono::microseconds t) { world_.run_until(world_.now + t.count()); }
    std::int64_t left(std::size_t rule, const std::string& key = "k") {
        auto copy = ledger_.entries[std::to_string(rule) + key];
        return take(copy, rules_[rule], {0, 0}, world_.now).remaining;
    }

    events world_;
    shared_ledger ledger_{world_, {}, 0};
    std::vector<rule> rules_;
    std::unique_ptr<node> node_;
    std::vector<bool> answers_;
};

TEST_F(limiter_test, waits_for_the_ledger_and_decides_in_order) {
    start({make_rule(limit_algorithm::token_bucket, 2, 60s)});
    for (int i = 0; i < 4; ++i) send({0});
    EXPECT_TRUE(answers_.empty());
    pass(10ms);
    EXPECT_THAT(answers_, ::testing::ElementsAre(true, true, false, false));
}

TEST_F(limiter_test, refuses_without_asking_while_the_key_is_known_to_be_empty) {
    start({make_rule(limit_algorithm::token_bucket, 2, 60s)});
    for (int i = 0; i < 3; ++i) send({0});
    pass(10ms);
    const auto asked = ledger_.commands;
    for (int i = 0; i < 100; ++i) send({0});
    EXPECT_EQ(ledger_.commands, asked);
    EXPECT_EQ(answers_.size(), 103u);
    pass(30s);
    send({0});
    pass(10ms);
    EXPECT_TRUE(answers_.back()) << "after the time that one permit takes";
}

TEST_F(limiter_test, gives_back_what_one_rule_granted_and_another_refused) {
    start({make_rule(limit_algorithm::token_bucket, 10, 60s),
           make_rule(limit_algorithm::fixed_window, 1, 60s)});
    send({0, 1});
    pass(10ms);
    EXPECT_EQ(left(0), 9);
    send({0, 1}); // the second rule is known to be empty only when asked
    pass(10ms);
    EXPECT_THAT(answers_, ::testing::ElementsAre(true, false));
    EXPECT_EQ(left(0), 9);
    send({0, 1});
    EXPECT_THAT(answers_, ::testing::ElementsAre(true, false, false));
    pass(10ms);
    EXPECT_EQ(left(0), 9) << "refused without asking the first rule at all";
}

TEST_F(limiter_test, gives_back_the_permits_of_a_cancelled_request) {
    start({make_rule(limit_algorithm::token_bucket, 10, 60s),
           make_rule(limit_algorithm::token_bucket, 10, 60s)});
    auto who = std::make_unique<undecided>(
        node_->hold, admission::steps{{&node_->hold.find(0, "k")}, {&node_->hold.find(1, "k")}});
    who->begin(world_.clock());
    while (ledger_.commands < 2) pass(10us); // the first has answered, the second has not
    EXPECT_EQ(left(0), 9);
    who.reset();
    pass(10ms);
    EXPECT_EQ(left(0), 10);
    EXPECT_EQ(left(1), 10);
}

/// Else it could be granted in one window, and count in the one before.
TEST_F(limiter_test, a_grant_is_not_for_requests_that_came_after_it) {
    start({make_rule(limit_algorithm::fixed_window, 1, 60s)});
    auto who =
        std::make_unique<undecided>(node_->hold, admission::steps{{&node_->hold.find(0, "k")}});
    who->begin(world_.clock());
    while (left(0) == 1) pass(1us); // granted, and the answer is on its way
    who.reset();
    send({0});
    pass(10ms);
    EXPECT_THAT(answers_, ::testing::ElementsAre(true));
    EXPECT_EQ(ledger_.commands, 3u) << "asked, gave back, asked anew";
    EXPECT_EQ(left(0), 0);
}

TEST_F(limiter_test, asks_again_for_what_it_gave_back) {
    auto& hold = start({make_rule(limit_algorithm::fixed_window, 1, 60s),
                        make_rule(limit_algorithm::fixed_window, 1, 60s)})
                     .hold;
    send({1}); // uses that one up, which `hold` knows ...
    pass(10ms);
    hold.find(1, "k").held.invalidate(); // ... and forgets
    send({0, 1});
    pass(10ms);
    EXPECT_THAT(answers_, ::testing::ElementsAre(true, false));
    reply r;
    EXPECT_FALSE(hold.delegate(hold.find(0, "k"), {1, 0}, r, world_.clock())) << "nor is it empty";
    send({0});
    pass(10ms);
    EXPECT_THAT(answers_, ::testing::ElementsAre(true, false, true)) << "it was given back";
}

TEST_F(limiter_test, requests_again_what_it_gave_back_during_a_reply) {
    start({make_rule(limit_algorithm::fixed_window, 2, 60s),
           make_rule(limit_algorithm::fixed_window, 1, 60s)});
    auto& hold = node_->hold;
    auto first = std::make_unique<undecided>(
        hold, admission::steps{{&hold.find(0, "k")}, {&hold.find(1, "k")}});
    first->begin(world_.clock());
    while (ledger_.commands < 2) pass(1us); // it has its first permit
    send({0});
    pass(1us);
    first.reset(); // gives it back, after the ask for the last one
    pass(1ms);
    EXPECT_THAT(answers_, ::testing::ElementsAre(true));
    pass(10ms);
    send({0});
    pass(10ms);
    EXPECT_THAT(answers_, ::testing::ElementsAre(true, true));
}

TEST_F(limiter_test, says_that_there_is_more_as_long_as_it_has_some) {
    const auto by = make_rule(limit_algorithm::fixed_window, 1000, 60s);
    lease of;
    const time_point start(1h);
    of.request(by, 1, start);
    of.on_reply(by, {reply::kind::granted, {21, 50ms, 0, 60s, 60s, 1}}, start);
    of.drop_needed();
    ASSERT_EQ(of.look(start), lease::state::in_hand);
    EXPECT_EQ(of.delegate({1, 0}, start).remaining, 19) << "though the ledger has none";
}

/// Else they would go on without a pause, if it said that there is something left.
TEST_F(limiter_test, delegates_nothing_without_a_time_to_retry) {
    auto& hold = start({make_rule(limit_algorithm::fixed_window, 11, 60s)}).hold;
    for (int i = 0; i < 12; ++i) send({0});
    pass(10ms);
    ASSERT_THAT(answers_.back(), false);
    auto& of = hold.find(0, "k");
    of.held.refund({1});
    reply r;
    ASSERT_TRUE(hold.delegate(of, {1, 0}, r, world_.clock()));
    EXPECT_EQ(r.given.granted, 0);
    EXPECT_EQ(r.given.remaining, 0);
    EXPECT_GT(r.given.retry, 0us);
}

TEST_F(limiter_test, lets_a_dry_run_refuse_nothing) {
    start({make_rule(limit_algorithm::token_bucket, 1, 60s)});
    for (int i = 0; i < 3; ++i) {
        limiter::step way[] = {{&node_->hold.find(0, "k"), true}};
        if (node_->hold.try_all(way, world_.clock()).result == outcome::wait) {
            send({0});
            pass(10ms);
            continue;
        }
        EXPECT_TRUE(way[0].over);
    }
}

TEST_F(limiter_test, holds_permits_ahead_of_a_busy_key_and_gives_them_back_when_it_is_idle) {
    start({make_rule(limit_algorithm::token_bucket, 1000, 1s)});
    for (int i = 0; i < 500; ++i) {
        send({0});
        pass(1ms);
    }
    EXPECT_EQ(std::ranges::count(answers_, true), 500);
    EXPECT_LT(ledger_.commands, 100u);
    pass(1s);
    EXPECT_EQ(left(0), 1000);
    EXPECT_EQ(node_->hold.next_sweep(), time_point::max());
}

TEST_F(limiter_test, requests_permits_for_a_waiter_that_needs_none) {
    auto& owner = start({make_rule(limit_algorithm::token_bucket, 100, 1s)}).hold;
    struct : waiter {
        std::int64_t needs() const override { return 0; }
        void resume(time_point) override { called = true; }
        bool called = false;
    } who; // another holder that asks ahead
    owner.wait_for(owner.find(0, "k"), who, world_.clock());
    pass(10ms);
    EXPECT_TRUE(who.called);
    EXPECT_EQ(left(0), 100) << "and what nobody took is given back";
}

/// The reactor's clock may be read anew while answers are given out.
TEST_F(limiter_test, passes_a_reply_on_as_of_its_arrival) {
    auto& by = start({make_rule(limit_algorithm::token_bucket, 1, 1ms)}).hold;
    for (int i = 0; i < 100; ++i) send({0});
    world_.read_advances = 2'000; // each look at the clock is later than a permit takes
    pass(1s);
    EXPECT_EQ(answers_.size(), 100u);
    EXPECT_TRUE(by.find(0, "k").waiting.empty());
}

TEST_F(limiter_test, refuses_waiters_if_the_reply_took_longer_than_a_permit_lasts) {
    start({make_rule(limit_algorithm::token_bucket, 10, 10ms)}, 2000);
    for (int i = 0; i < 1000; ++i) {
        send({0});
        pass(100us);
    }
    EXPECT_GT(answers_.size(), 900u) << "the others wait";
    EXPECT_GT(std::ranges::count(answers_, true), 60);
}

TEST(a_lease, never_asks_for_less_than_nothing) {
    const auto by = make_rule(limit_algorithm::token_bucket, 1000, 1s);
    lease of;
    const time_point start(1h);
    const auto answer = [&](std::int64_t granted) {
        return reply{reply::kind::granted, {granted, 50ms, 1000, 0us, 0us, 1}};
    };
    of.request(by, 10, start);
    of.on_reply(by, answer(10), start);
    for (int i = 0; i < 10; ++i) {
        ASSERT_EQ(of.look(start), lease::state::in_hand);
        of.spend();
    }
    of.request(by, 1, start + 1ms);
    of.on_reply(by, answer(1), start + 1ms);
    of.drop_needed();
    for (int i = 0; i < 10; ++i) of.refund({1}); // taken before that answer
    const auto next = of.request(by, 1, start + 2ms);
    ASSERT_TRUE(next);
    EXPECT_GE(next->extra, 0);
}

TEST_F(limiter_test, keeps_its_memory_bounded_and_what_is_in_use) {
    start({make_rule(limit_algorithm::token_bucket, 5, 60s)}, 1000, 100);
    send({0}, "waits");
    for (int i = 0; i < 10'000; ++i) {
        auto& c = node_->hold.find(0, std::to_string(i));
        ASSERT_EQ(c.key, std::to_string(i));
        ASSERT_LE(node_->hold.size(), 100u);
    }
    pass(10ms);
    EXPECT_THAT(answers_, ::testing::ElementsAre(true));
}

TEST_F(limiter_test, delegates_no_more_than_it_has) {
    auto& owner = start({make_rule(limit_algorithm::token_bucket, 100, 1s)}).hold;
    auto& of = owner.find(0, "k");
    reply r;
    EXPECT_FALSE(owner.delegate(of, {1, 0}, r, world_.clock())) << "nothing is known yet";
    std::int64_t granted = 0;
    for (int i = 0; i < 2000; ++i) {
        send({0});
        if (owner.delegate(of, {1, 5}, r, world_.clock())) {
            EXPECT_LE(r.given.granted, 6);
            granted += r.given.granted;
        }
        pass(500us);
    }
    granted += std::ranges::count(answers_, true);
    EXPECT_LE(granted, 200) << "a burst, and what one second gives";
    EXPECT_GE(granted, 190);
}

} // namespace
} // namespace thalamus::limits::test::limiter_test
