#include "policies/limits/fallback_quota.hpp"
#include "tests/policies/limits/world.hpp"
#include "tests/support/seeds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace thalamus::limits::test::fallback_quota_test {
namespace {

using config::limit_algorithm;
constexpr std::int64_t second = 1'000'000, start = 1'764'000'000 * second;

TEST(fallback_quota, begins_with_nothing_and_gains_its_part_of_the_rate) {
    const std::vector<rule> rules{make_rule(limit_algorithm::token_bucket, 90, 1s)};
    fallback_quota book(rules);
    EXPECT_EQ(book.take(0, "k", {1, 0}, start).granted, 0) << "not funded";
    book.fund({0, 3}, start);
    EXPECT_EQ(book.take(0, "k", {10, 0}, start).granted, 0);
    EXPECT_EQ(book.take(0, "k", {100, 0}, start + second / 2).granted, 15);
}

TEST(fallback_quota, leaves_the_window_of_the_loss_alone) {
    const std::vector<rule> rules{make_rule(limit_algorithm::fixed_window, 5, 10s)};
    fallback_quota first(rules), last(rules);
    first.fund({0, 3}, start);
    last.fund({2, 3}, start);
    EXPECT_EQ(first.take(0, "k", {5, 0}, start + 9 * second).granted, 0);
    EXPECT_EQ(first.take(0, "k", {5, 0}, start + 10 * second).granted, 2);
    EXPECT_EQ(last.take(0, "k", {5, 0}, start + 10 * second).granted, 1);
}

TEST(fallback_quota, has_debt_for_grants_that_time_has_not_paid_off) {
    const std::vector<rule> rules{make_rule(limit_algorithm::token_bucket, 90, 1s),
                                  make_rule(limit_algorithm::fixed_window, 30, 10s)};
    fallback_quota book(rules);
    book.fund({0, 3}, start);
    EXPECT_EQ(book.take(0, "a", {7, 0}, start + second / 2).granted, 7);
    EXPECT_EQ(book.take(1, "b", {4, 0}, start + 11 * second).granted, 4);
    const auto owed = book.take_debts(start + 12 * second);
    ASSERT_EQ(owed.size(), 1u) << "a's was paid off long ago";
    EXPECT_EQ(owed[0].key, "b");
    EXPECT_EQ(owed[0].permits, 4);
    EXPECT_FALSE(book.funded());
    EXPECT_TRUE(book.take_debts(start + 12 * second).empty());
}

/// Store, loss, shares, reconciliation, store again: the bound holds over all of it.
TEST(fallback_quota, keeps_the_rule_over_a_loss_and_the_return) {
    for (std::uint64_t seed = 0; seed < thalamus::test::seeded_runs(2000); ++seed) {
        std::mt19937_64 random(seed);
        const limit_algorithm algorithms[] = {limit_algorithm::token_bucket,
                                              limit_algorithm::fixed_window};
        const auto algorithm = algorithms[seed % 2];
        const auto count = 1 + random() % 60;
        const std::vector<rule> rules{make_rule(algorithm, count, 1s)};
        const auto& by = rules[0];
        const unsigned nodes = 1 + random() % 5;
        std::vector<fallback_quota> books(nodes, fallback_quota(rules));
        entry ledger;
        std::int64_t lost = start + static_cast<std::int64_t>(random() % (3 * second)),
                     back = lost + static_cast<std::int64_t>(random() % (4 * second));
        std::int64_t now = start;
        double level = static_cast<double>(by.burst), worst = 0;
        std::int64_t level_at = start, window = 0, in_window = 0;
        bool shared = false, settled = false;
        while (now < start + 9 * second) {
            now += static_cast<std::int64_t>(random() %
                                             (2 * second / static_cast<std::int64_t>(count + 3)));
            const unsigned who = random() % nodes;
            std::int64_t granted = 0;
            if (now < lost) {
                granted = take(ledger, by, {1, 0}, now).granted;
            } else if (now < back) {
                if (!shared)
                    for (unsigned i = 0; i < nodes; ++i) books[i].fund({i, nodes}, lost);
                shared = true;
                granted = books[who].take(0, "k", {1, 0}, now).granted;
            } else {
                if (!settled)
                    for (auto& b : books)
                        for (const auto& o : b.take_debts(now))
                            charge(ledger, by, o.permits, o.when, now);
                settled = true;
                granted = take(ledger, by, {1, 0}, now).granted;
            }
            if (granted == 0) continue;
            if (algorithm == limit_algorithm::token_bucket) {
                level = std::min(static_cast<double>(by.burst),
                                 level + static_cast<double>(now - level_at) *
                                             static_cast<double>(count) / 1e6) -
                        1;
                level_at = now;
                worst = std::min(worst, level);
            } else {
                if (now / second != window) in_window = 0;
                window = now / second;
                worst = std::min(worst, static_cast<double>(by.count - ++in_window));
            }
        }
        ASSERT_GE(worst, -1e-6) << "seed " << seed;
    }
}

} // namespace
} // namespace thalamus::limits::test::fallback_quota_test
