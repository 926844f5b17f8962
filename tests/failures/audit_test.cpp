// The auditor itself: legal sequences pass however answers are delayed, a planted excess is found.

#include "tests/failures/audit.hpp"

#include <gtest/gtest.h>
#include <random>

namespace thalamus::test::audit_test {
namespace {

constexpr moment start = 1'700'000'000 * one_second;

/// A bucket that grants what it can to requests at random times, each seen through random delays.
struct world {
    std::mt19937_64 random;
    std::vector<grant> grants;

    moment delay() { return static_cast<moment>(random() % 5'000); }
    void see(moment at) { grants.push_back({at - delay(), at + delay()}); }

    void offer_bucket(std::int64_t per_second, std::int64_t burst, moment length, moment mean_gap) {
        double tokens = static_cast<double>(burst);
        moment last = 0;
        for (moment at = 0; at < length; at += 1 + static_cast<moment>(random() % (2 * mean_gap))) {
            tokens = std::min(static_cast<double>(burst),
                              tokens + static_cast<double>((at - last) * per_second) / one_second);
            last = at;
            if (tokens < 1) continue;
            tokens -= 1;
            see(start + at);
        }
    }
};

TEST(audit, lets_every_legal_bucket_pass) {
    for (unsigned seed = 1; seed <= 50; ++seed) {
        world w{std::mt19937_64(seed), {}};
        w.offer_bucket(300, 30, 4 * one_second, 1'000);
        EXPECT_LE(worst_of_token_bucket(w.grants, 300, 30).permits, 0) << "seed " << seed;
    }
}

TEST(audit, finds_more_than_a_burst_between_answers_in_any_order) {
    for (unsigned seed = 1; seed <= 50; ++seed) {
        world w{std::mt19937_64(seed), {}};
        w.offer_bucket(300, 30, 4 * one_second, 1'000);
        // Twice the burst at once, where delays of 10 ms explain 3 more grants.
        for (int i = 0; i < 60; ++i) w.see(start + 2 * one_second);
        auto found = worst_of_token_bucket(w.grants, 300, 30);
        EXPECT_GE(found.permits, 27) << "seed " << seed;
        EXPECT_LE(found.from, start + 2 * one_second);
        EXPECT_GE(found.to, start + 2 * one_second);
    }
}

TEST(audit, finds_a_rate_that_is_a_little_too_high_over_time) {
    world w{std::mt19937_64(7), {}};
    w.offer_bucket(306, 30, 20 * one_second, 1'000); // 2 %: 120 grants in 20 s
    EXPECT_GT(worst_of_token_bucket(w.grants, 300, 30).permits, 80);
}

TEST(audit, counts_both_ends_of_an_interval) {
    std::vector<grant> grants{{start, start}, {start, start}, {start + 500'000, start + 500'000}};
    EXPECT_EQ(worst_of_token_bucket(grants, 2, 2).permits, 0);
    EXPECT_EQ(worst_of_token_bucket(grants, 2, 1).permits, 1);
}

TEST(audit, counts_a_window_by_what_is_certainly_in_it) {
    std::vector<grant> grants;
    for (int i = 0; i < 5; ++i) grants.push_back({start + i, start + i + 10});
    grants.push_back({start - 5, start + 5});                               // or before
    grants.push_back({start + one_second * 2 - 5, start + one_second * 2}); // or after
    EXPECT_EQ(worst_of_fixed_window(grants, 5, 2 * one_second).permits, 0);
    grants.push_back({start + one_second, start + one_second});
    auto found = worst_of_fixed_window(grants, 5, 2 * one_second);
    EXPECT_EQ(found.permits, 1);
    EXPECT_EQ(found.granted, 6);
    EXPECT_EQ(found.from, start);
}

TEST(audit, tells_when_a_limit_is_used_again) {
    world w{std::mt19937_64(3), {}};
    for (moment at = 0; at < 10 * one_second; at += 10'000)
        if (at < 2 * one_second || at >= 5 * one_second) w.see(start + at);
    EXPECT_NEAR(use_of(w.grants, 100, start, start + 2 * one_second), 1, 0.02);
    EXPECT_NEAR(use_of(w.grants, 100, start + 2 * one_second, start + 5 * one_second), 0, 0.02);
    auto at = recovered_at(w.grants, 100, start + 2 * one_second);
    EXPECT_NEAR(static_cast<double>(at - start), 5e6, 150'000);
    EXPECT_EQ(recovered_at(w.grants, 200, start), -1);
}

TEST(audit, knows_what_a_pause_may_have_touched) {
    constexpr auto after = disturbed_times::aftermath;
    disturbed_times times;
    EXPECT_FALSE(times.touch(start, start + one_second));
    times.add(start + 500'000, start + 510'000);
    times.add(start + 100'000, start + 120'000);
    EXPECT_FALSE(times.touch(start, start + 100'000));
    EXPECT_TRUE(times.touch(start, start + 100'001));
    EXPECT_TRUE(times.touch(start + 119'999 + after, start + 500'000));
    EXPECT_FALSE(times.touch(start + 120'000 + after, start + 500'000));
    EXPECT_EQ(times.quiet(start, start + one_second), one_second - 30'000 - 2 * after);
    EXPECT_EQ(times.quiet(start + 110'000, start + 120'000), 0);
    times.add(start + 110'000, start + 490'000); // between both
    EXPECT_EQ(times.quiet(start, start + one_second), 100'000) << "which was a long one";
}

TEST(audit, judges_use_by_the_time_without_pauses) {
    world w{std::mt19937_64(3), {}};
    disturbed_times pauses;
    pauses.add(start + one_second, start + 2 * one_second);
    for (moment at = 0; at < 4 * one_second; at += 10'000)
        if (at < one_second || at >= 2 * one_second) w.see(start + at);
    EXPECT_LT(use_of(w.grants, 100, start, start + 4 * one_second), 0.8);
    EXPECT_NEAR(use_of(w.grants, 100, start, start + 4 * one_second, pauses), 1, 0.02);
    EXPECT_EQ(recovered_at(w.grants, 100, start, pauses), start);
    EXPECT_EQ(use_of(w.grants, 100, start + one_second, start + 2 * one_second, pauses), 0);
    pauses.add(start, start + 2 * one_second);
    EXPECT_NEAR(static_cast<double>(recovered_at(w.grants, 100, start, pauses) - start), 1.5e6, 3e5)
        << "from then on a quarter of 2 s is undisturbed";
}

} // namespace
} // namespace thalamus::test::audit_test
