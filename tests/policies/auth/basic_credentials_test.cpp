#include "policies/auth/basic_credentials.hpp"

#include <gtest/gtest.h>

namespace thalamus::auth::basic_credentials_test {
namespace {

std::string read(std::string_view credentials) {
    const auto found = parse_basic_credentials(credentials);
    return found ? "<" + found->user + "> <" + found->password + ">" : "(none)";
}

/// The encoding of `n` bytes "aaa...", a multiple of 3.
std::string letters(std::size_t n) {
    std::string code;
    for (std::size_t i = 0; i < n / 3; ++i) code += "YWFh";
    return code;
}

TEST(basic_credentials, are_split_at_the_first_colon) {
    EXPECT_EQ(read("QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), "<Aladdin> <open sesame>"); // RFC 7617
    EXPECT_EQ(read("dGVzdDoxMjPCow=="), "<test> <123\u00a3>");                  // RFC 7617
    EXPECT_EQ(read("YTpiOmM="), "<a> <b:c>");
    EXPECT_EQ(read("YTo="), "<a> <>");
    EXPECT_EQ(read("OmI="), "<> <b>");
    EXPECT_EQ(read("YTr//vv+"), "<a> <\xff\xfe\xfb\xfe>");
}

TEST(basic_credentials, are_written_in_one_way_only) {
    for (const auto* text : {
             "",                 // nothing
             "YQ==",             // no colon
             "YTo",              // no padding
             "YTo=\t",           // a blank
             "YTo ",             // a blank for padding
             "Y=o=",             // padding within
             "YTo==",            // too much padding
             "YTp=",             // bits beyond the last byte
             "====",             // padding only
             "YTr__vv-",         // base64url
             "YTpi, YTpi",       // two
             "YTpi\nYTpi",       // two
             "realm=\"YTpi\"aa", // parameters
         })
        EXPECT_EQ(read(text), "(none)") << text;
}

TEST(basic_credentials, hold_no_control_character) {
    EXPECT_EQ(read("YTpiAA=="), "(none)"); // NUL
    EXPECT_EQ(read("YQo6Yg=="), "(none)"); // LF in the user
    EXPECT_EQ(read("YTp/"), "(none)");     // DEL
    EXPECT_EQ(read("YTogCWI="), "(none)"); // tab
    EXPECT_EQ(read("YTogYg=="), "<a> < b>");
}

TEST(basic_credentials, are_of_bounded_length) {
    const std::string most(255, 'a');
    EXPECT_EQ(read(letters(255) + "OmFh" + letters(252) + "YQ=="), "<" + most + "> <" + most + ">");
    EXPECT_EQ(read(letters(255) + "YTo="), "(none)") << "the user";
    EXPECT_EQ(read("OmFh" + letters(255)), "(none)") << "the password";
    EXPECT_EQ(read(letters(9'000'000)), "(none)");
}

} // namespace
} // namespace thalamus::auth::basic_credentials_test
