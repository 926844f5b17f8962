#include "observe/redact.hpp"

#include <gtest/gtest.h>

namespace thalamus::observe::redact_test {
namespace {

std::string redacted(std::string_view target) {
    std::string scratch = "left over";
    return std::string(redact_target(target, scratch));
}

TEST(redact_target, ordinary_targets_are_returned_themselves) {
    std::string scratch;
    for (const std::string_view target :
         {"/", "/a?b=c&d", "/?", "", "*", "/a?tokens=1&keyed=2", "/token=abc", "/a@b",
          "http://host/a@b?x=1", "/?token", "/?token="}) {
        const std::string_view shown = redact_target(target, scratch);
        EXPECT_EQ(shown, target);
        EXPECT_EQ(shown.data(), target.data());
    }
}

TEST(redact_target, hides_the_values_of_credentials) {
    EXPECT_EQ(redacted("/a?token=abc"), "/a?token=*");
    EXPECT_EQ(redacted("/a?x=1&api_key=abc&y=2"), "/a?x=1&api_key=*&y=2");
    EXPECT_EQ(redacted("/a?access_token=abc;b=1"), "/a?access_token=*;b=1");
    EXPECT_EQ(redacted("/a?password=a=b&secret=c"), "/a?password=*&secret=*");
    EXPECT_EQ(redacted("/a?X-Amz-Signature=abc"), "/a?X-Amz-Signature=*");
}

TEST(redact_target, knows_the_spellings_of_a_name) {
    EXPECT_EQ(redacted("/?API-KEY=abc"), "/?API-KEY=*");
    EXPECT_EQ(redacted("/?apiKey=abc"), "/?apiKey=*");
    EXPECT_EQ(redacted("/?api%5Fkey=abc"), "/?api%5Fkey=*");
    EXPECT_EQ(redacted("/?%74oken=abc"), "/?%74oken=*");
    EXPECT_EQ(redacted("/?to%ken=abc"), "/?to%ken=abc");
}

TEST(redact_target, hides_user_information_of_the_absolute_form) {
    EXPECT_EQ(redacted("http://user:pw@host/a"), "http://*@host/a");
    EXPECT_EQ(redacted("http://a@b@host?token=x"), "http://*@host?token=*");
    EXPECT_EQ(redacted("http://user:pw@host"), "http://*@host");
    EXPECT_EQ(redacted("user:pw@host:443"), "*@host:443") << "of CONNECT";
}

TEST(redact_authority, is_without_user_information) {
    EXPECT_EQ(redact_authority("api.example.com:8080"), "api.example.com:8080");
    EXPECT_EQ(redact_authority("alice:secret@api"), "api");
    EXPECT_EQ(redact_authority("a@b:c@[::1]:80"), "[::1]:80");
    EXPECT_EQ(redact_authority("alice:secret@"), "");
    EXPECT_EQ(redact_authority(""), "");
}

TEST(redact_target, is_never_longer) {
    for (const std::string_view target : {"/?token=a", "http://u@h/?token=b&secret=c"}) {
        EXPECT_LE(redacted(target).size(), target.size());
    }
}

} // namespace
} // namespace thalamus::observe::redact_test
