#include "observe/byte_ring.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>

namespace thalamus::observe::byte_ring_test {
namespace {

std::string take_all(byte_ring& ring, std::uint64_t* lines = nullptr) {
    const byte_ring::content content = ring.take();
    std::string text = std::string(content.first) + std::string(content.second);
    if (lines) *lines += content.lines;
    ring.release(text.size());
    return text;
}

TEST(byte_ring, gives_back_what_was_pushed) {
    byte_ring ring(16);
    EXPECT_TRUE(ring.empty());
    EXPECT_TRUE(ring.push("one\n"));
    EXPECT_TRUE(ring.push("two\n"));
    EXPECT_FALSE(ring.empty());
    std::uint64_t lines = 0;
    EXPECT_EQ(take_all(ring, &lines), "one\ntwo\n");
    EXPECT_EQ(lines, 2u);
    EXPECT_TRUE(ring.empty());
    EXPECT_TRUE(ring.take().empty());
}

TEST(byte_ring, wraps_inside_a_line) {
    byte_ring ring(16);
    for (int round = 0; round < 50; ++round) {
        ASSERT_TRUE(ring.push("0123456789\n"));
        ASSERT_EQ(take_all(ring), "0123456789\n");
    }
}

TEST(byte_ring, refuses_whole_lines_when_full) {
    byte_ring ring(16);
    EXPECT_TRUE(ring.push("0123456789\n"));
    EXPECT_FALSE(ring.push("abcdef\n"));
    EXPECT_TRUE(ring.push("abcd\n")); // exactly full
    EXPECT_FALSE(ring.push("\n"));
    EXPECT_FALSE(ring.push("longer than the whole ring\n"));
    EXPECT_EQ(take_all(ring), "0123456789\nabcd\n");
    EXPECT_TRUE(ring.push("abcdef\n"));
}

TEST(byte_ring, released_bytes_are_free_before_the_rest_is) {
    byte_ring ring(16);
    EXPECT_TRUE(ring.push("0123456789abcde\n"));
    const byte_ring::content content = ring.take();
    ring.release(6);
    EXPECT_TRUE(ring.push("xyz\n"));
    EXPECT_FALSE(ring.push("xyz\n"));
    EXPECT_EQ(content.first.substr(6), "6789abcde\n");
    ring.release(10);
    std::uint64_t lines = 0;
    EXPECT_EQ(take_all(ring, &lines), "xyz\n");
    EXPECT_EQ(lines, 1u);
}

TEST(byte_ring, knows_when_it_is_more_than_half_full) {
    byte_ring ring(16);
    EXPECT_TRUE(ring.push("0123456\n"));
    EXPECT_FALSE(ring.more_than_half_full());
    EXPECT_TRUE(ring.push("\n"));
    EXPECT_TRUE(ring.more_than_half_full());
    take_all(ring);
    EXPECT_FALSE(ring.more_than_half_full());
}

TEST(byte_ring, two_threads_lose_and_mix_nothing) {
    byte_ring ring(256);
    constexpr int count = 100000;
    std::thread producer([&] {
        for (int i = 0; i < count; ++i) {
            const std::string line =
                std::to_string(i) + std::string(static_cast<std::size_t>(i % 40), '.') + "\n";
            while (!ring.push(line)) std::this_thread::yield();
        }
    });
    std::string text;
    std::uint64_t lines = 0;
    while (lines < count) {
        std::uint64_t now = 0;
        const std::string part = take_all(ring, &now);
        ASSERT_EQ(static_cast<std::uint64_t>(std::count(part.begin(), part.end(), '\n')), now);
        lines += now;
        text += part;
        if (part.empty()) std::this_thread::yield();
    }
    producer.join();
    std::size_t at = 0;
    for (int i = 0; i < count; ++i) {
        const std::string line =
            std::to_string(i) + std::string(static_cast<std::size_t>(i % 40), '.') + "\n";
        ASSERT_EQ(text.compare(at, line.size(), line), 0) << i;
        at += line.size();
    }
    EXPECT_EQ(at, text.size());
}

} // namespace
} // namespace thalamus::observe::byte_ring_test
