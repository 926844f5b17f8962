#include "policies/limits/ledger.hpp"
#include "tests/policies/limits/world.hpp"

#include <gtest/gtest.h>

namespace thalamus::limits::test::ledger_test {
namespace {

using config::limit_algorithm;
constexpr std::int64_t start = 1'764'000'000'000'000, second = 1'000'000;

std::int64_t take_one_by_one(entry& e, const rule& by, int attempts, std::int64_t now) {
    std::int64_t granted = 0;
    for (int i = 0; i < attempts; ++i) granted += take(e, by, {1, 0}, now).granted;
    return granted;
}

TEST(token_bucket, admits_its_burst_exactly_also_where_the_rate_has_no_whole_interval) {
    for (const std::uint64_t count : {1, 3, 7, 9, 97, 999'983}) {
        const auto by = make_rule(limit_algorithm::token_bucket, count, 60s, 7);
        entry e;
        EXPECT_EQ(take_one_by_one(e, by, 20, start), 7) << count;
        const auto g = take(e, by, {1, 0}, start);
        EXPECT_EQ(g.granted, 0);
        EXPECT_EQ(g.remaining, 0);
        EXPECT_EQ(take(e, by, {1, 0}, start + g.retry.count() - 1).granted, 0) << count;
        EXPECT_EQ(take(e, by, {1, 0}, start + g.retry.count()).granted, 1) << count;
    }
}

TEST(token_bucket, is_full_again_after_reset) {
    const auto by = make_rule(limit_algorithm::token_bucket, 100, 60s, 20);
    entry e;
    const auto g = take(e, by, {12, 0}, start);
    EXPECT_EQ(g.granted, 12);
    EXPECT_EQ(g.remaining, 8);
    EXPECT_EQ(forget_after(e, by), start + g.reset.count());
    EXPECT_EQ(take(e, by, {0, 0}, start + g.reset.count() - 1).remaining, 19);
    EXPECT_EQ(take(e, by, {0, 0}, start + g.reset.count()).remaining, 20);
}

TEST(token_bucket, charges_what_is_lent_ahead_as_if_spent_when_the_lease_ends) {
    const auto by = make_rule(limit_algorithm::token_bucket, 100, 1s, 100);
    ASSERT_EQ(by.lease_life, 50ms);
    entry e;
    const auto g = take(e, by, {1, 1000}, start);
    // 50 ms are worth 5 permits: the burst less these can be out at once.
    EXPECT_EQ(g.granted, 96);
    EXPECT_EQ(g.life, 50ms);
    // When the lease ends, 95 can be spent at once; what the bucket gives by then makes no more
    // than 100.
    EXPECT_LE(95 + take(e, by, {1000, 0}, g.ends).granted, 100);
}

TEST(token_bucket, takes_back_what_is_still_owed) {
    const auto by = make_rule(limit_algorithm::token_bucket, 100, 1s, 100);
    entry e;
    take(e, by, {50, 0}, start);
    give_back(e, by, 20, start, start);
    EXPECT_EQ(take(e, by, {0, 0}, start).remaining, 70);
    // All of it was paid off by time, then others took: nothing of theirs is given back.
    give_back(e, by, 20, start, start + second);
    take(e, by, {100, 0}, start + second);
    give_back(e, by, 20, start, start + second);
    EXPECT_EQ(take(e, by, {1, 0}, start + second).granted, 0);
}

TEST(token_bucket, gains_nothing_from_a_clock_that_goes_back) {
    const auto by = make_rule(limit_algorithm::token_bucket, 10, 1s);
    entry e;
    EXPECT_EQ(take_one_by_one(e, by, 10, start), 10);
    EXPECT_EQ(take(e, by, {1, 0}, start - 5 * second).granted, 0);
    EXPECT_EQ(take(e, by, {1, 0}, start + second / 20).granted, 0);
}

TEST(fixed_window, admits_the_count_in_each_window_and_says_when_the_next_begins) {
    const auto by = make_rule(limit_algorithm::fixed_window, 5, 10s);
    entry e;
    const auto window = start / (10 * second) * 10 * second;
    EXPECT_EQ(take_one_by_one(e, by, 9, window + 4 * second), 5);
    const auto g = take(e, by, {1, 0}, window + 4 * second);
    EXPECT_EQ(g.granted, 0);
    EXPECT_EQ(g.retry, 6s);
    EXPECT_EQ(take_one_by_one(e, by, 9, window + 10 * second), 5);
}

TEST(fixed_window, takes_back_only_what_is_of_this_window) {
    const auto by = make_rule(limit_algorithm::fixed_window, 5, 10s);
    entry e;
    const auto window = start / (10 * second) * 10 * second;
    const auto g = take(e, by, {5, 0}, window);
    give_back(e, by, 2, g.ends, window + 9 * second);
    EXPECT_EQ(take_one_by_one(e, by, 5, window + 9 * second), 2);
    take(e, by, {5, 0}, window + 10 * second);
    give_back(e, by, 2, g.ends, window + 10 * second);
    EXPECT_EQ(take(e, by, {1, 0}, window + 10 * second).granted, 0);
}

TEST(sliding_window, counts_what_is_left_of_the_window_before) {
    const auto by = make_rule(limit_algorithm::sliding_window, 10, 10s);
    entry e;
    const auto window = start / (10 * second) * 10 * second;
    EXPECT_EQ(take_one_by_one(e, by, 20, window + 9 * second), 10);
    EXPECT_EQ(take_one_by_one(e, by, 20, window + 10 * second), 0);
    EXPECT_EQ(take_one_by_one(e, by, 20, window + 15 * second), 5);
    auto g = take(e, by, {1, 0}, window + 15 * second);
    EXPECT_EQ(g.granted, 0);
    EXPECT_EQ(g.retry, 1s);
    EXPECT_EQ(take(e, by, {1, 0}, window + 16 * second - 1).granted, 0);
    EXPECT_EQ(take(e, by, {1, 0}, window + 16 * second).granted, 1);
}

TEST(window_leases, end_with_their_window) {
    for (const auto algorithm : {limit_algorithm::fixed_window, limit_algorithm::sliding_window}) {
        const auto by = make_rule(algorithm, 1000, 10s);
        entry e;
        const auto window = start / (10 * second) * 10 * second;
        EXPECT_EQ(take(e, by, {1, 100}, window + 10 * second - 100'000).life, 100ms);
        EXPECT_EQ(take(e, by, {1, 100}, window + 10 * second).life, 500ms);
    }
}

TEST(charge, counts_in_the_window_of_the_grant) {
    const auto by = make_rule(limit_algorithm::fixed_window, 5, 10s);
    entry e;
    const auto window = start / (10 * second) * 10 * second;
    charge(e, by, 3, window - 1, window);
    EXPECT_EQ(take(e, by, {0, 0}, window).remaining, 5);
    charge(e, by, 3, window + 1, window + 2);
    EXPECT_EQ(take(e, by, {0, 0}, window + 2).remaining, 2);
}

TEST(a_share, of_a_rule_adds_up_to_it) {
    for (const auto algorithm : {limit_algorithm::token_bucket, limit_algorithm::fixed_window})
        for (const std::uint64_t count : {1, 2, 5, 100, 1001})
            for (const unsigned nodes : {1u, 2u, 3u, 9u}) {
                const auto by = make_rule(algorithm, count, 1s);
                std::int64_t burst = 0;
                double rate = 0;
                for (unsigned rank = 0; rank < nodes; ++rank) {
                    const auto part = by.part_of_node(rank, nodes);
                    burst += part.burst;
                    if (part.burst == 0) continue;
                    rate += static_cast<double>(part.refill) / static_cast<double>(part.cost);
                }
                EXPECT_EQ(burst, by.burst);
                if (algorithm != limit_algorithm::token_bucket) continue;
                EXPECT_LE(rate,
                          static_cast<double>(by.refill) / static_cast<double>(by.cost) * 1.000001);
            }
}

} // namespace
} // namespace thalamus::limits::test::ledger_test
