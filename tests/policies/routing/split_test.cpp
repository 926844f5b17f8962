#include "policies/routing/split.hpp"

#include "base/stable_hash.hpp"

#include <gtest/gtest.h>

#include <string>

namespace thalamus::routing::split_test {
namespace {

TEST(split, follows_its_weights_and_keeps_keys) {
    config::split_action split;
    split.to = {{7, 95}, {9, 5}};
    auto shifted = split;
    shifted.to = {{7, 90}, {9, 10}};
    int to_new = 0, moved = 0;
    for (int i = 0; i < 100000; ++i) {
        const auto key = base::stable_hash("192.0.2." + std::to_string(i));
        const auto share = choose_share(split, key);
        ASSERT_LT(share, 2u);
        ASSERT_EQ(choose_share(split, key), share);
        to_new += share == 1;
        const auto later = choose_share(shifted, key);
        if (later != share) {
            ASSERT_EQ(later, 1u);
            ++moved;
        }
    }
    EXPECT_NEAR(to_new, 5000, 300);
    EXPECT_NEAR(moved, 5000, 300);
}

TEST(split, gives_nothing_to_weight_zero) {
    config::split_action split;
    split.to = {{1, 0}, {2, 3}, {2, 0}};
    for (std::uint64_t key = 0; key < 1000; ++key)
        ASSERT_EQ(choose_share(split, base::mix(key)), 1u);
}

} // namespace
} // namespace thalamus::routing::split_test
