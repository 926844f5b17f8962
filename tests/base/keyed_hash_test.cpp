#include "base/keyed_hash.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

namespace thalamus::base::keyed_hash_test {
namespace {

// Each hash has a random secret. Of 100 keys that a bucket gets, 10 more or less are usual and 70
// are seven times that.
TEST(keyed_hash, spreads_keys_that_count_up_under_every_secret) {
    for (int secret = 0; secret < 200; ++secret) {
        const keyed_hash hash;
        std::array<int, 64> high_bits{}, rest{};
        for (int i = 0; i < 6400; ++i) {
            const std::uint64_t h = hash("c" + std::to_string(i), hash("rule"));
            ++high_bits[h >> 58];
            ++rest[h % 64];
        }
        for (const auto& buckets : {high_bits, rest}) {
            const auto [least, most] = std::minmax_element(buckets.begin(), buckets.end());
            ASSERT_GE(*least, 30);
            ASSERT_LE(*most, 170);
        }
    }
}

TEST(keyed_hash, depends_on_the_seed_and_on_the_process) {
    const keyed_hash one, other;
    EXPECT_EQ(one("key", 1), one("key", 1));
    EXPECT_NE(one("key", 1), one("key", 2));
    EXPECT_NE(one("key", 1), other("key", 1));
}

} // namespace
} // namespace thalamus::base::keyed_hash_test
