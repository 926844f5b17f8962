#include "net/buffer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace thalamus::net::buffer_test {
namespace {

TEST(buffer, holds_no_memory_until_used_and_none_after_release) {
    buffer_pool pool;
    buffer b(pool);
    EXPECT_EQ(b.capacity(), 0u);
    b.append("x");
    EXPECT_EQ(b.capacity(), buffer_pool::small);
    b.release();
    EXPECT_EQ(b.capacity(), 0u);
    EXPECT_TRUE(b.empty());
}

TEST(buffer, is_first_in_first_out_across_growth_and_compaction) {
    buffer_pool pool;
    buffer b(pool);
    std::string expected;
    unsigned next = 0;
    for (int round = 0; round < 2000; ++round) {
        std::string some(static_cast<std::size_t>(round % 97 + 1),
                         static_cast<char>('a' + next++ % 26));
        b.append(some);
        expected += some;
        const auto drop = expected.size() / 3;
        b.consume(drop);
        expected.erase(0, drop);
        ASSERT_EQ(b.data(), expected);
    }
}

TEST(buffer, grows_beyond_the_largest_pooled_block) {
    buffer_pool pool;
    buffer b(pool);
    const std::string big(300 * 1024, 'z');
    for (int i = 0; i < 3; ++i) b.append(big);
    EXPECT_EQ(b.size(), 3 * big.size());
}

TEST(buffer_pool, lends_a_returned_block_again) {
    buffer_pool pool;
    std::size_t size = 100;
    char* block = pool.take(size);
    EXPECT_EQ(size, buffer_pool::small);
    pool.give(block, size);
    std::size_t again = 200;
    EXPECT_EQ(pool.take(again), block);
    pool.give(block, again);
}

} // namespace
} // namespace thalamus::net::buffer_test
