#include "policies/balancing/target_health.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace thalamus::balancing::target_health_test {
namespace {

using namespace std::chrono_literals;
using time_point = service_health::time_point;

constexpr time_point start{1000h};

std::vector<std::uint32_t> equal(std::size_t targets) {
    return std::vector<std::uint32_t>(targets, 1);
}

TEST(probes, decide_by_several_in_a_row) {
    service_health h(equal(1), config::health_settings{.healthy_after = 2, .unhealthy_after = 3},
                     std::nullopt);
    EXPECT_TRUE(h.available(0, start)) << "until a probe says otherwise";
    EXPECT_FALSE(h.probed(0, true));
    EXPECT_FALSE(h.probed(0, false));
    EXPECT_FALSE(h.probed(0, false));
    EXPECT_FALSE(h.probed(0, true)) << "which begins the count again";
    EXPECT_FALSE(h.probed(0, false));
    EXPECT_FALSE(h.probed(0, false));
    EXPECT_TRUE(h.available(0, start));
    EXPECT_TRUE(h.probed(0, false));
    EXPECT_FALSE(h.available(0, start));
    EXPECT_FALSE(h.probed(0, false));
    EXPECT_FALSE(h.probed(0, true));
    EXPECT_FALSE(h.probed(0, false));
    EXPECT_FALSE(h.probed(0, true));
    EXPECT_FALSE(h.available(0, start));
    EXPECT_TRUE(h.probed(0, true));
    EXPECT_TRUE(h.available(0, start));
}

TEST(probes, of_which_the_first_decides_alone) {
    service_health h(equal(2), config::health_settings{}, std::nullopt);
    EXPECT_TRUE(h.probed(0, false));
    EXPECT_FALSE(h.available(0, start));
    EXPECT_TRUE(h.available(1, start));
}

config::outlier_settings outlier(unsigned failures = 3, unsigned percent = 50) {
    return {.consecutive_failures = failures, .eject_for = 30s, .max_ejected = percent};
}

bool fail(service_health& h, std::size_t target, int times, time_point now) {
    bool ejected = false;
    for (int i = 0; i < times; ++i) ejected |= h.failed(target, now);
    return ejected;
}

TEST(outlier, is_ejected_after_failures_in_a_row) {
    service_health h(equal(2), std::nullopt, outlier());
    EXPECT_FALSE(fail(h, 0, 2, start));
    h.succeeded(0);
    EXPECT_FALSE(fail(h, 0, 2, start));
    EXPECT_TRUE(h.failed(0, start));
    EXPECT_FALSE(h.available(0, start));
    EXPECT_TRUE(h.available(1, start));
    EXPECT_FALSE(h.available(0, start + 29999ms));
    EXPECT_TRUE(h.available(0, start + 30s));
    EXPECT_EQ(h.next_return(start), start + 30s);
    EXPECT_EQ(h.next_return(start + 30s), std::nullopt);
}

TEST(outlier, stays_out_longer_each_time_but_five_minutes_at_most) {
    service_health h(equal(2), std::nullopt, outlier());
    auto now = start;
    for (int times = 1; times <= 20; ++times) {
        ASSERT_TRUE(fail(h, 0, 3, now)) << times;
        const auto length = std::min<std::chrono::seconds>(30s * times, 5min);
        EXPECT_FALSE(h.available(0, now + length - 1ms)) << times;
        EXPECT_TRUE(h.available(0, now + length)) << times;
        EXPECT_EQ(h.look(0, now).ejected_until, now + length);
        now += length;
    }
}

TEST(outlier, is_forgiven_with_time) {
    service_health h(equal(2), std::nullopt, outlier());
    ASSERT_TRUE(fail(h, 0, 3, start));
    ASSERT_TRUE(fail(h, 0, 3, start + 30s));
    EXPECT_EQ(h.look(0, start + 30s).times_ejected, 2u);
    // Out until 90s; one eject_for of good behaviour takes one off.
    ASSERT_TRUE(fail(h, 0, 3, start + 120s));
    EXPECT_EQ(h.look(0, start + 120s).times_ejected, 2u);
    ASSERT_TRUE(fail(h, 0, 3, start + 1h));
    EXPECT_EQ(h.look(0, start + 1h).times_ejected, 1u);
    EXPECT_TRUE(h.look(0, start + 1h).ejected);
}

TEST(outlier, never_leaves_fewer_than_allowed) {
    struct limit {
        std::size_t targets;
        unsigned percent;
        std::size_t allowed;
    };
    for (const auto& c : std::vector<limit>{{1, 50, 0},
                                            {1, 100, 0},
                                            {2, 50, 1},
                                            {2, 100, 1},
                                            {3, 50, 1},
                                            {4, 50, 2},
                                            {10, 10, 1},
                                            {10, 35, 3},
                                            {3, 10, 1},
                                            {5, 100, 4},
                                            {5, 0, 0}}) {
        service_health h(equal(c.targets), std::nullopt, outlier(1, c.percent));
        std::size_t ejected = 0;
        for (std::size_t i = 0; i < c.targets; ++i) ejected += h.failed(i, start);
        EXPECT_EQ(ejected, c.allowed) << c.targets << " targets, " << c.percent << "%";
    }
}

TEST(outlier, never_ejects_the_last_that_probes_left) {
    service_health h(equal(3), config::health_settings{}, outlier(1, 100));
    h.probed(0, false);
    h.probed(1, false);
    EXPECT_FALSE(h.failed(2, start));
    h.probed(0, true);
    h.probed(0, true);
    EXPECT_TRUE(h.failed(2, start));
    EXPECT_FALSE(h.failed(2, start)) << "is out already";
}

TEST(outlier, begins_anew_after_its_return) {
    service_health h(equal(2), std::nullopt, outlier());
    ASSERT_TRUE(fail(h, 0, 3, start));
    EXPECT_FALSE(fail(h, 0, 10, start + 1s)) << "requests that it had before";
    EXPECT_EQ(h.look(0, start + 1s).consecutive_failures, 0u);
    EXPECT_FALSE(fail(h, 0, 2, start + 30s));
    EXPECT_TRUE(h.failed(0, start + 30s));
}

TEST(outlier, counts_only_targets_with_a_weight) {
    const std::uint32_t weights[] = {1, 0, 0};
    service_health one(weights, std::nullopt, outlier(1, 100));
    EXPECT_FALSE(one.failed(0, start)) << "nobody else would take its requests";
    const std::uint32_t more[] = {1, 1, 1, 0, 0, 0};
    service_health three(more, std::nullopt, outlier(1, 50));
    EXPECT_TRUE(three.failed(0, start));
    EXPECT_FALSE(three.failed(1, start)) << "half of three is one";
}

TEST(service_health, is_taken_over_by_the_next_set_of_targets) {
    service_health before(
        equal(2), config::health_settings{.healthy_after = 2, .unhealthy_after = 2}, outlier());
    fail(before, 0, 3, start);
    before.probed(1, false);
    before.probed(1, true);
    service_health after(
        equal(3), config::health_settings{.healthy_after = 2, .unhealthy_after = 2}, outlier());
    after.take_over(2, before, 0);
    after.take_over(0, before, 1);
    EXPECT_FALSE(after.look(0, start).healthy);
    EXPECT_TRUE(after.look(1, start).healthy);
    EXPECT_TRUE(after.look(2, start).ejected);
    EXPECT_EQ(after.look(2, start).ejected_until, start + 30s);
    EXPECT_EQ(after.look(2, start).times_ejected, 1u);
    EXPECT_TRUE(after.probed(0, true)) << "the second success in a row";
    EXPECT_TRUE(after.probed(1, false)) << "the first probe of a new one";
}

TEST(outlier, may_be_off) {
    service_health h(equal(2), std::nullopt, std::nullopt);
    EXPECT_FALSE(fail(h, 0, 1000, start));
    EXPECT_TRUE(h.available(0, start));
}

TEST(outlier, keeps_its_limit_with_several_reactors) {
    for (int round = 0; round < 20; ++round) {
        service_health h(equal(8), std::nullopt, outlier(1, 50));
        std::vector<std::thread> reactors;
        for (int r = 0; r < 4; ++r)
            reactors.emplace_back([&] {
                for (std::size_t i = 0; i < 800; ++i) h.failed(i % 8, start);
            });
        for (auto& r : reactors) r.join();
        std::size_t left = 0;
        for (std::size_t i = 0; i < 8; ++i) left += h.available(i, start);
        EXPECT_EQ(left, 4u);
    }
}

TEST(target_failure, is_what_the_target_did) {
    for (unsigned status : {500u, 502u, 503u, 504u}) EXPECT_TRUE(is_target_failure(status));
    for (unsigned status : {200u, 304u, 400u, 404u, 429u, 499u, 501u, 505u})
        EXPECT_FALSE(is_target_failure(status));
}

} // namespace
} // namespace thalamus::balancing::target_health_test
