#include "base/hex.hpp"

#include <gtest/gtest.h>

namespace thalamus::base::hex_test {
namespace {

TEST(hex, values_are_those_of_the_digits_in_either_case) {
    const std::string_view lower = lower_hex, upper = upper_hex;
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        auto value = lower.find(c);
        if (value == lower.npos) value = upper.find(c);
        EXPECT_EQ(hex_value(c), value == upper.npos ? -1 : static_cast<int>(value)) << byte;
    }
}

TEST(hex, bytes_are_appended_as_two_digits_each) {
    std::string text = "x";
    const unsigned char bytes[]{0x00, 0x0f, 0xa0, 0xff};
    append_hex(bytes, text);
    EXPECT_EQ(text, "x000fa0ff");
    append_hex({}, text);
    EXPECT_EQ(text, "x000fa0ff");
}

TEST(hex, numbers_are_written_as_sixteen_digits) {
    std::string text(16, '?');
    write_hex(0x0123456789abcdef, text.data());
    EXPECT_EQ(text, "0123456789abcdef");
    write_hex(0, text.data());
    EXPECT_EQ(text, "0000000000000000");
}

TEST(hex, digests_are_64_digits_and_nothing_else) {
    std::string text(64, '0');
    text[0] = 'a';
    text[63] = 'F';
    const auto bytes = to_digest(text);
    ASSERT_TRUE(bytes);
    EXPECT_EQ(bytes->front(), 0xa0);
    EXPECT_EQ(bytes->back(), 0x0f);
    EXPECT_FALSE(to_digest(text + "0"));
    EXPECT_FALSE(to_digest(text.substr(1)));
    text[5] = 'g';
    EXPECT_FALSE(to_digest(text));
}

} // namespace
} // namespace thalamus::base::hex_test
