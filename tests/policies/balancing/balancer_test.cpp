#include "policies/balancing/balancer.hpp"

#include "base/stable_hash.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace thalamus::balancing::balancer_test {
namespace {

using config::balance_by;

std::vector<target_view> targets(std::vector<std::uint32_t> weights) {
    std::vector<target_view> list;
    for (auto w : weights)
        list.push_back({base::stable_hash("10.0.0." + std::to_string(list.size()) + ":80"), w});
    return list;
}

constexpr balance_by every_policy[] = {balance_by::least_requests, balance_by::round_robin,
                                       balance_by::hash};

/// How many of `picks` each target gets, with a new key each time.
std::vector<double> shares(balancer& b, const std::vector<target_view>& list, int picks = 60000) {
    base::xoshiro256 random(5);
    std::vector<double> counts(list.size());
    for (int i = 0; i < picks; ++i)
        counts.at(b.pick(list, {}, base::stable_hash(std::to_string(i)), random)) += 1.0 / picks;
    return counts;
}

TEST(balancer, gives_idle_targets_their_weights) {
    for (auto way : every_policy) {
        balancer equal(way), weighted(way);
        for (double share : shares(equal, targets({1, 1, 1, 1}))) EXPECT_NEAR(share, 0.25, 0.01);
        const auto got = shares(weighted, targets({1, 2, 0, 5}));
        EXPECT_NEAR(got[0], 0.125, 0.01);
        EXPECT_NEAR(got[1], 0.25, 0.01);
        EXPECT_EQ(got[2], 0);
        EXPECT_NEAR(got[3], 0.625, 0.01);
    }
}

TEST(balancer, uses_only_available_targets) {
    base::xoshiro256 random(6);
    for (auto way : every_policy) {
        for (auto weights : {std::vector<std::uint32_t>{1, 1, 1}, {1, 2, 3}, {1}, {1, 1}}) {
            balancer b(way);
            auto list = targets(weights);
            EXPECT_NE(b.pick(list, {}, 1, random), balancer::none);
            for (auto& t : list) t.available = false;
            EXPECT_EQ(b.pick(list, {}, 1, random), balancer::none);
            list.back().available = true;
            for (std::uint64_t key = 0; key < 200; ++key)
                EXPECT_EQ(b.pick(list, {}, key, random), list.size() - 1);
            list.back().weight = 0;
            EXPECT_EQ(b.pick(list, {}, 1, random), balancer::none);
        }
        EXPECT_EQ(balancer(way).pick({}, {}, 1, random), balancer::none);
    }
}

TEST(balancer, shares_out_what_an_unavailable_target_would_get) {
    for (auto way : every_policy) {
        balancer b(way);
        auto list = targets({1, 1, 1, 1, 1});
        list[1].available = list[2].available = false;
        const auto got = shares(b, list);
        for (std::size_t i : {0u, 3u, 4u}) EXPECT_NEAR(got[i], 1.0 / 3, 0.01) << i;
    }
}

TEST(balancer, goes_to_others_than_those_tried) {
    base::xoshiro256 random(7);
    const auto list = targets({1, 3, 1});
    for (auto way : every_policy) {
        balancer b(way);
        const std::uint32_t two[] = {0, 1}, all[] = {2, 0, 1};
        for (std::uint64_t key = 0; key < 200; ++key) {
            EXPECT_EQ(b.pick(list, two, key, random), 2u);
            EXPECT_NE(b.pick(list, all, key, random), balancer::none) << "better than none";
        }
    }
}

TEST(balancer, least_requests_goes_to_the_less_busy_for_its_weight) {
    base::xoshiro256 random(8);
    balancer b(balance_by::least_requests);
    auto pair = targets({1, 1});
    pair[0].in_flight = 5;
    int to_busy = 0;
    for (int i = 0; i < 10000; ++i) to_busy += b.pick(pair, {}, 0, random) == 0;
    EXPECT_LT(to_busy, 200) << "only where the same one was drawn eight times";
    // Requests that last: loads settle in proportion to the weights.
    auto list = targets({1, 2, 4});
    balancer c(balance_by::least_requests);
    for (int i = 0; i < 7000; ++i) ++list[c.pick(list, {}, 0, random)].in_flight;
    EXPECT_NEAR(list[0].in_flight, 1000, 30);
    EXPECT_NEAR(list[1].in_flight, 2000, 30);
    EXPECT_NEAR(list[2].in_flight, 4000, 30);
}

TEST(balancer, round_robin_is_smooth) {
    base::xoshiro256 random(9);
    balancer equal(balance_by::round_robin), weighted(balance_by::round_robin);
    const auto three = targets({1, 1, 1});
    const auto first = equal.pick(three, {}, 0, random);
    for (std::size_t i = 1; i < 9; ++i)
        EXPECT_EQ(equal.pick(three, {}, 0, random), (first + i) % 3);
    const auto list = targets({5, 1, 1});
    for (int i = 0; i < 7; ++i) weighted.pick(list, {}, 0, random); // the start is random
    std::vector<std::size_t> picks;
    for (int i = 0; i < 70; ++i) picks.push_back(weighted.pick(list, {}, 0, random));
    EXPECT_EQ(std::count(picks.begin(), picks.end(), 0u), 50);
    int run = 0, longest = 0;
    for (auto p : picks) longest = std::max(longest, run = p == 0 ? run + 1 : 0);
    EXPECT_LE(longest, 5);
}

TEST(balancer, hash_keeps_keys_where_they_are) {
    base::xoshiro256 random(10);
    balancer b(balance_by::hash), other_node(balance_by::hash);
    const auto ten = targets(std::vector<std::uint32_t>(10, 1));
    auto eleven = targets(std::vector<std::uint32_t>(11, 1));
    auto nine = ten;
    nine[4].available = false;
    int moved_by_new = 0;
    for (int i = 0; i < 20000; ++i) {
        const auto key = base::stable_hash(std::to_string(i));
        const auto home = b.pick(ten, {}, key, random);
        ASSERT_EQ(other_node.pick(ten, {}, key, random), home);
        if (home != 4) {
            ASSERT_EQ(b.pick(nine, {}, key, random), home);
        }
        const auto later = b.pick(eleven, {}, key, random);
        if (later != home) {
            ASSERT_EQ(later, 10u);
            ++moved_by_new;
        }
    }
    EXPECT_NEAR(moved_by_new, 20000 / 11, 150);
}

TEST(balancer, serves_many_targets) {
    base::xoshiro256 random(11);
    for (auto way : every_policy) {
        balancer b(way);
        auto list = targets(std::vector<std::uint32_t>(3000, 1));
        for (auto& t : list) t.available = false;
        list[1234].available = true;
        for (int i = 0; i < 100; ++i)
            EXPECT_EQ(b.pick(list, {}, static_cast<std::uint64_t>(i), random), 1234u);
    }
}

TEST(balancer, takes_new_targets_after_a_reset) {
    base::xoshiro256 random(12);
    for (auto way : every_policy) {
        balancer b(way);
        b.pick(targets({1, 2}), {}, 1, random);
        b.reset();
        const auto got = shares(b, targets({1, 1, 2}));
        EXPECT_NEAR(got[2], 0.5, 0.01);
        b.reset();
        b.pick(targets({3, 1}), {}, 1, random);
    }
}

} // namespace
} // namespace thalamus::balancing::balancer_test
