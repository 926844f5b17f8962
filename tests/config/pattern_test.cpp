// Path patterns and templates on their own. Their refusals stand in the *_problems_test.cpp files.

#include "config/pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace thalamus::config::pattern_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> segments(std::string_view text) {
    const auto parsed = parse_path_pattern(text);
    if (const auto* error = std::get_if<syntax_error>(&parsed))
        return {"refused: " + error->message};
    std::vector<std::string> result;
    for (const auto& [type, name] : std::get<path_pattern>(parsed).segments)
        result.push_back((type == pattern_segment::kind::literal   ? "="
                          : type == pattern_segment::kind::capture ? "1 "
                                                                   : "* ") +
                         name);
    return result;
}

std::vector<std::string> parts(std::string_view text) {
    const auto parsed = parse_template(text);
    if (const auto* error = std::get_if<syntax_error>(&parsed))
        return {"refused: " + error->message};
    constexpr const char* names[] = {"=",      "capture ",  "query ", "header ",
                                     "claim ", "consumer ", "ip ",    "host "};
    std::vector<std::string> result;
    for (const auto& [type, name] : std::get<text_template>(parsed).parts)
        result.push_back(names[static_cast<int>(type)] + name);
    return result;
}

TEST(pattern, splits_segments) {
    EXPECT_THAT(segments("/"), IsEmpty());
    EXPECT_THAT(segments("/users/{id}/files/{rest...}"),
                ElementsAre("=users", "1 id", "=files", "* rest"));
    EXPECT_THAT(segments("/a/"), ElementsAre("=a", "="));
    EXPECT_THAT(segments("/{user-id}"), ElementsAre("1 user-id"));
}

TEST(pattern, has_literals_in_canonical_form) {
    EXPECT_THAT(segments("/%7euser/a b/\xC3\xA9/%c3%a9/%2b"),
                ElementsAre("=~user", "=a%20b", "=%C3%A9", "=%C3%A9", "=%2B"));
    EXPECT_THAT(segments("/a:b@c!$&'()*+,=~"), ElementsAre("=a:b@c!$&'()*+,=~"));
    EXPECT_THAT(segments("/\"<>^`|"), ElementsAre("=%22%3C%3E%5E%60%7C"));
    EXPECT_THAT(segments("/..."), ElementsAre("=..."));
    EXPECT_THAT(segments("/.well-known"), ElementsAre("=.well-known"));
    EXPECT_THAT(segments("/%7Bx%7D"), ElementsAre("=%7Bx%7D"));
    EXPECT_THAT(segments("/%2525"), ElementsAre("=%2525"));
}

TEST(pattern, ends_in_the_middle_of_nothing) {
    EXPECT_THAT(segments("/a%4"), ElementsAre("refused: \"%\" without two hexadecimal digits"));
    EXPECT_THAT(segments("/a%"), ElementsAre("refused: \"%\" without two hexadecimal digits"));
    EXPECT_THAT(segments(""), ElementsAre("refused: a path starts with /"));
    EXPECT_THAT(segments("/" + std::string(3000, 'a')),
                ElementsAre("refused: longer than 2048 characters"));
}

TEST(templates, know_every_kind_of_hole) {
    EXPECT_THAT(
        parts("a{id}b{query.page}{header.X-Tenant}{claim.realm.x}{consumer}{client_ip}{host}"),
        ElementsAre("=a", "capture id", "=b", "query page", "header x-tenant", "claim realm.x",
                    "consumer consumer", "ip client_ip", "host host"));
}

TEST(templates, take_doubled_braces_literally) {
    EXPECT_THAT(parts("{{\"a\": {id}}}"), ElementsAre("={\"a\": ", "capture id", "=}"));
    EXPECT_THAT(parts("{{}}"), ElementsAre("={}"));
}

TEST(templates, without_holes_are_literal) {
    EXPECT_TRUE(std::get<text_template>(parse_template("")).is_literal());
    EXPECT_TRUE(std::get<text_template>(parse_template("a{{b")).is_literal());
    EXPECT_FALSE(std::get<text_template>(parse_template("{id}")).is_literal());
}

} // namespace
} // namespace thalamus::config::pattern_test
