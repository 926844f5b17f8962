#include "policies/digest.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace thalamus::policies {
namespace {

std::string hex_of(std::string_view text) {
    const auto bytes = sha256(text);
    std::string hex;
    append_hex(bytes.data(), bytes.size(), hex);
    return hex;
}

TEST(digest, is_that_of_the_standard) { // FIPS 180-4, its examples
    EXPECT_EQ(hex_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(digest, is_the_same_on_every_thread) {
    std::string elsewhere;
    std::thread([&] { elsewhere = hex_of("x"); }).join();
    EXPECT_EQ(elsewhere, hex_of("x"));
}

} // namespace
} // namespace thalamus::policies
