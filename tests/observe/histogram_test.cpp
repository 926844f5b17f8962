#include "observe/histogram.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace thalamus::observe::histogram_test {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::uint64_t, 14> exchange_ns{
    500000,    1000000,   2500000,   5000000,    10000000,   25000000,   50000000,
    100000000, 250000000, 500000000, 1000000000, 2500000000, 5000000000, 10000000000};

std::size_t by_search(std::uint64_t ns) {
    return static_cast<std::size_t>(std::ranges::lower_bound(exchange_ns, ns) -
                                    exchange_ns.begin());
}

TEST(bucket_bounds, bounds_belong_to_their_bucket) {
    for (std::size_t i = 0; i < exchange_ns.size(); ++i) {
        EXPECT_EQ(bounds::exchange.find(exchange_ns[i] - 1), i);
        EXPECT_EQ(bounds::exchange.find(exchange_ns[i]), i);
        EXPECT_EQ(bounds::exchange.find(exchange_ns[i] + 1), i + 1);
    }
    EXPECT_EQ(bounds::exchange.find(0), 0u);
    EXPECT_EQ(bounds::exchange.find(UINT64_MAX), exchange_ns.size());
}

TEST(bucket_bounds, agree_with_a_search_for_any_number) {
    std::mt19937_64 random(7);
    for (int i = 0; i < 100000; ++i) {
        const std::uint64_t ns = random() >> (random() % 64);
        ASSERT_EQ(bounds::exchange.find(ns), by_search(ns)) << ns;
    }
    for (unsigned bit = 0; bit < 64; ++bit) {
        const std::uint64_t power = std::uint64_t{1} << bit;
        for (const std::uint64_t ns : {power - 1, power, power + 1})
            ASSERT_EQ(bounds::exchange.find(ns), by_search(ns));
    }
}

TEST(histogram, counts_and_sums_over_shards) {
    histogram<bounds::own> one, two;
    one.observe(10us);
    one.observe(11us);
    two.observe(1h);
    two.observe(-5ns); // a clock that went wrong must not spoil the sum
    histogram_sum sum;
    one.add_to(sum);
    two.add_to(sum);
    ASSERT_EQ(sum.buckets.size(), 14u);
    EXPECT_EQ(sum.buckets[0], 2u);
    EXPECT_EQ(sum.buckets[1], 1u);
    EXPECT_EQ(sum.buckets[13], 1u);
    EXPECT_EQ(sum.sum_ns, 3600000021000u);
}

} // namespace
} // namespace thalamus::observe::histogram_test
