#include "base/ascii.hpp"

#include <gtest/gtest.h>

namespace thalamus::base::ascii_test {
namespace {

TEST(ascii, only_its_letters_have_case) {
    EXPECT_EQ(to_lower("AZaz@[`{09-\xc3\x84"), "azaz@[`{09-\xc3\x84");
    EXPECT_EQ(to_upper("AZaz@[`{09-\xc3\xa4"), "AZAZ@[`{09-\xc3\xa4");
}

TEST(ascii, texts_that_differ_in_case_only_are_equal) {
    EXPECT_TRUE(iequals("Content-Type", "cONTENT-tYPE"));
    EXPECT_TRUE(iequals("", ""));
    EXPECT_FALSE(iequals("a", "ab"));
    EXPECT_FALSE(iequals("@", "`")) << "they differ in the bit of case, but are no letters";
    EXPECT_FALSE(iequals("\xc3\x84", "\xc3\xa4"));
}

TEST(ascii, prefixes_ignore_case) {
    EXPECT_TRUE(istarts_with("X-Consumer-Id", "x-consumer-"));
    EXPECT_TRUE(istarts_with("x", ""));
    EXPECT_FALSE(istarts_with("x-con", "x-consumer-"));
}

TEST(ascii, tokens_have_letters_digits_and_the_marks_of_rfc_9110) {
    EXPECT_TRUE(is_token("azAZ09!#$%&'*+-.^_`|~"));
    EXPECT_FALSE(is_token(""));
    for (const char c : std::string_view(" \t\"(),/:;<=>?@[\\]{}\x7f\x80\xff\0\x1f", 23))
        EXPECT_FALSE(is_token(std::string("a") + c)) << static_cast<int>(c);
}

} // namespace
} // namespace thalamus::base::ascii_test
