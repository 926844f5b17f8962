#include "policies/auth/credentials.hpp"

#include <gtest/gtest.h>

namespace thalamus::auth::credentials_test {
namespace {

using place = config::credential_source;
using kind = credential::kind;

http::field_list fields(std::initializer_list<std::pair<std::string_view, std::string_view>> all) {
    http::field_list list;
    for (const auto& [name, value] : all) list.push_back({http::to_field_id(name), name, value});
    return list;
}

TEST(credentials, are_found_where_they_may_stand_and_nowhere_else) {
    const auto value = [](place at, const http::field_list& in, std::string_view query = "") {
        const auto found = find_credential({std::move(at)}, in, query);
        return found.type == kind::one ? std::string(found.value()) : "(none)";
    };
    const place bearer{place::kind::bearer, ""}, basic{place::kind::basic, ""},
        header{place::kind::header, "x-key"}, cookie{place::kind::cookie, "s"},
        query{place::kind::query, "k"};
    EXPECT_EQ(value(bearer, fields({{"Authorization", "Bearer abc"}})), "abc");
    EXPECT_EQ(value(bearer, fields({{"authorization", "bEARER   abc"}})), "abc");
    EXPECT_EQ(value(bearer, fields({{"Authorization", "Basic abc"}})), "(none)");
    EXPECT_EQ(value(bearer, fields({{"Authorization", "Bearer"}})), "(none)");
    EXPECT_EQ(value(bearer, fields({{"Authorization", "Bearerabc"}})), "(none)");
    EXPECT_EQ(value(bearer, fields({{"Authorization", "Bearer\tabc"}})), "abc");
    EXPECT_EQ(value(basic, fields({{"Authorization", "basic  YTpi "}})), "YTpi");
    EXPECT_EQ(value(basic, fields({{"Authorization", "Bearer YTpi"}})), "(none)");
    EXPECT_EQ(value(basic, fields({{"Authorization", "Basic"}})), "(none)");
    EXPECT_EQ(value(header, fields({{"X-KEY", "abc"}})), "abc");
    EXPECT_EQ(value(header, fields({{"X-Keys", "abc"}})), "(none)");
    EXPECT_EQ(value(cookie, fields({{"Cookie", "a=1;s=abc; b"}})), "abc");
    EXPECT_EQ(value(cookie, fields({{"Cookie", "S=abc; xs=1; s"}})), "(none)");
    EXPECT_EQ(value(cookie, fields({{"Cookie", "a=1"}, {"Cookie", "s=a=b"}})), "a=b");
    EXPECT_EQ(value(query, fields({}), "?a=1&k=a%2Bb+c&kk=2"), "a+b c");
    EXPECT_EQ(value(query, fields({}), "?%6B=x"), "x");
    EXPECT_EQ(value(query, fields({}), "?k="), "(none)");
    EXPECT_EQ(value(query, fields({}), "?k"), "(none)");
}

TEST(credentials, in_two_places_or_twice_in_one_are_none_that_counts) {
    const std::vector<place> anywhere{{place::kind::bearer, ""},
                                      {place::kind::header, "x-key"},
                                      {place::kind::cookie, "s"},
                                      {place::kind::query, "k"}};
    const auto type = [&](const http::field_list& in, std::string_view query = "") {
        return find_credential(anywhere, in, query).type;
    };
    EXPECT_EQ(type(fields({}), "?k=a&k=a"), kind::several);
    EXPECT_EQ(type(fields({{"X-Key", "a"}, {"x-key", "a"}})), kind::several);
    EXPECT_EQ(type(fields({{"Cookie", "s=a; s=a"}})), kind::several);
    EXPECT_EQ(type(fields({{"Authorization", "Bearer a"}, {"Authorization", "Bearer a"}})),
              kind::several);
    EXPECT_EQ(type(fields({{"Authorization", "Bearer a"}}), "?k=a"), kind::several);
    EXPECT_EQ(type(fields({{"Authorization", "Bearer\ta"}, {"Authorization", "Bearer a"}})),
              kind::several);
    EXPECT_EQ(type(fields({{"Authorization", "Basic a"}, {"Authorization", "Bearer a"}})),
              kind::several);
    EXPECT_EQ(find_credential({{place::kind::basic, ""}},
                              fields({{"Authorization", "Basic a"}, {"Authorization", "Bearer a"}}),
                              "")
                  .type,
              kind::several);
    EXPECT_EQ(type(fields({{"Cookie", "s =a; s=b"}})), kind::several);
    EXPECT_EQ(type(fields({{"Cookie", "a=1;\ts=a; s=b"}})), kind::several);
    EXPECT_EQ(type(fields({}), "?a;k=a&k=b"), kind::several);
    EXPECT_EQ(type(fields({{"Authorization", "Basic a"}}), "?k=a"), kind::one);
    EXPECT_EQ(type(fields({{"X-Key", ""}}), "?k="), kind::none);
}

TEST(credentials, are_known_by_the_field_that_they_are_or_stand_in) {
    const std::vector<place> anywhere{
        {place::kind::header, "x-key"}, {place::kind::cookie, "s"}, {place::kind::query, "k"}};
    auto list = fields({{"Accept", "*/*"}, {"X-Key", "a"}});
    auto found = find_credential(anywhere, list, "");
    EXPECT_EQ(found.in, &list[1]);
    EXPECT_FALSE(found.part);
    list = fields({{"Cookie", "a=1; s=b"}});
    found = find_credential(anywhere, list, "");
    EXPECT_EQ(found.in, &list[0]);
    EXPECT_TRUE(found.part);
    EXPECT_EQ(find_credential(anywhere, {}, "?k=a").in, nullptr);
}

TEST(listed_fields, are_found_in_any_case_and_count_once_but_for_cookies) {
    const std::vector<place> listed{{place::kind::header, "authorization"},
                                    {place::kind::header, "cookie"}};
    EXPECT_TRUE(find_listed(listed, fields({{"X", "1"}})).all.empty());
    const auto list =
        fields({{"COOKIE", "a"}, {"X", "1"}, {"authorization", "b"}, {"cookie", "c"}});
    const auto found = find_listed(listed, list);
    EXPECT_EQ(found.all, (std::vector<const http::field*>{&list[2], &list[0], &list[3]}));
    EXPECT_FALSE(found.several);
    EXPECT_TRUE(
        find_listed(listed, fields({{"Authorization", "a"}, {"authorization", "a"}})).several);
}

} // namespace
} // namespace thalamus::auth::credentials_test
