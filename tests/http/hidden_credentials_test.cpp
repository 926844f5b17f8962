#include "http/hidden_credentials.hpp"

#include <gtest/gtest.h>

namespace thalamus::http::hidden_credentials_test {
namespace {

using place = config::credential_source;
using kind = place::kind;

const std::vector<place> hidden{
    {kind::bearer, ""}, {kind::header, "x-key"}, {kind::cookie, "s"}, {kind::query, "k"}};

TEST(hidden_credentials, are_fields_that_are_nothing_else) {
    const auto is = [](std::string_view name) {
        return is_credential(hidden, {to_field_id(name), name, "x"});
    };
    EXPECT_TRUE(is("Authorization"));
    EXPECT_TRUE(is("X-KEY"));
    EXPECT_FALSE(is("Cookie"));
    EXPECT_FALSE(is("X-Keys"));
    EXPECT_FALSE(is("s"));
    const std::vector<place> key{{kind::header, "x-key"}};
    EXPECT_FALSE(is_credential(key, {field_id::authorization, "Authorization", "x"}));
}

TEST(hidden_credentials, leave_other_cookies_as_they_are) {
    const auto others = [](std::string_view value) {
        std::string out = ">";
        append_other_cookies(hidden, value, out);
        return out.substr(1);
    };
    EXPECT_EQ(others("s=1"), "");
    EXPECT_EQ(others("a=1; s=2; b=\"3=4\""), "a=1; b=\"3=4\"");
    EXPECT_EQ(others("s=1;s=2;S=3"), "S=3");
    EXPECT_EQ(others("ss=1;  s; s =1;\ts=2"), "ss=1");
    EXPECT_EQ(others(""), "");
}

TEST(hidden_credentials, leave_other_parameters_as_they_are) {
    std::string buffer;
    const auto others = [&](std::string_view query) {
        return std::string(other_parameters(hidden, query, buffer));
    };
    EXPECT_EQ(others("?k=1"), "");
    EXPECT_EQ(others("?a=%41&k=1&b&&c="), "?a=%41&b&&c=");
    EXPECT_EQ(others("?a;k=1;b&c"), "?a;b&c");
    EXPECT_EQ(others("?%6b=1&K=2&kk=3"), "?K=2&kk=3");
    EXPECT_EQ(others(""), "");
    EXPECT_EQ(others("?"), "?");
    const std::vector<place> bearer{{kind::bearer, ""}};
    EXPECT_EQ(other_parameters(bearer, "?k=1", buffer), "?k=1");
}

} // namespace
} // namespace thalamus::http::hidden_credentials_test
