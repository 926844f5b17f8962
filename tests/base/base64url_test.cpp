#include "base/base64url.hpp"

#include <gtest/gtest.h>

namespace thalamus::base::base64url_test {
namespace {

TEST(base64url, decodes_what_rfc_4648_encodes) {
    for (const auto& [text, encoded] : {std::pair{"", ""},
                                        {"f", "Zg"},
                                        {"fo", "Zm8"},
                                        {"foo", "Zm9v"},
                                        {"foob", "Zm9vYg"},
                                        {"fooba", "Zm9vYmE"},
                                        {"foobar", "Zm9vYmFy"},
                                        {"\xfb\xff\xfe", "-__-"}})
        EXPECT_EQ(decode_base64url(encoded), text);
}

TEST(base64url, refuses_all_other_spellings) {
    for (const auto* text : {"Zg==", "Zg=", "Z", "Zm9vY", "Zm 8", "Zm8\n", " Zm8", "+__-", "Zm9/",
                             "Zm9v?", "Zh", "Zm9", "\xc3\xa4g"})
        EXPECT_FALSE(decode_base64url(text)) << text;
    EXPECT_FALSE(decode_base64url(std::string_view("Zm\0v", 4)));
}

} // namespace
} // namespace thalamus::base::base64url_test
