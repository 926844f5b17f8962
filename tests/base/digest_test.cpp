#include "base/digest.hpp"

#include "base/hex.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace thalamus::base::digest_test {
namespace {

std::string hex_of(std::string_view text) {
    const auto bytes = sha256(text);
    std::string hex;
    append_hex(bytes, hex);
    return hex;
}

TEST(digest, is_that_of_the_standard) { // FIPS 180-4, its examples
    EXPECT_EQ(hex_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(digest, of_two_texts_is_that_of_both_in_one) {
    EXPECT_EQ(sha256("abc", "def"), sha256("abcdef"));
    EXPECT_EQ(sha256("", "abc"), sha256("abc"));
}

TEST(digest, is_equal_if_every_byte_is) {
    const auto one = sha256("abc");
    EXPECT_TRUE(digest_equal{}(one, sha256("abc")));
    for (std::size_t i = 0; i < one.size(); ++i) {
        auto other = one;
        other[i] ^= 1;
        EXPECT_FALSE(digest_equal{}(one, other)) << i;
    }
}

TEST(digest, is_the_same_on_every_thread) {
    std::string elsewhere;
    std::thread([&] { elsewhere = hex_of("x"); }).join();
    EXPECT_EQ(elsewhere, hex_of("x"));
}

} // namespace
} // namespace thalamus::base::digest_test
