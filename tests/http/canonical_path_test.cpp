#include "http/canonical_path.hpp"

#include "http/percent.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace thalamus::http::canonical_path_test {
namespace {

using namespace std::string_literals;

struct outcome {
    request_uri uri;
    std::string path, query, authority; // as uri has them
};

outcome canonical(std::string_view target) {
    std::string buffer = "left over from before";
    const auto uri = canonicalize(target, buffer);
    return {uri, std::string(uri.path), std::string(uri.query), std::string(uri.authority)};
}

TEST(canonical_path, leaves_a_canonical_path_where_it_is) {
    for (std::string target : {"/", "/a", "/a/", "/users/42", "/a/.b", "/a/..b", "/a/...", "/a/b.",
                               "/.well-known/x", "/a!$&'()*+,=:@-._~", "/A/b"}) {
        std::string buffer = "untouched";
        const auto uri = canonicalize(target, buffer);
        EXPECT_FALSE(uri.refusal) << target;
        EXPECT_EQ(uri.path, target);
        EXPECT_EQ(uri.path.data(), target.data()) << "copied: " << target;
        EXPECT_EQ(buffer, "untouched");
    }
}

TEST(canonical_path, has_one_form_for_equal_paths) {
    struct spelling {
        std::string target, path;
    };
    const std::vector<spelling> cases = {
        // Dot segments.
        {"/a/b/../c", "/a/c"},
        {"/a/b/%2E%2E/c", "/a/c"},
        {"/a/b/%2e./c", "/a/c"},
        {"/a/b/./c", "/a/b/c"},
        {"/a/b/%2E/c", "/a/b/c"},
        {"/..", "/"},
        {"/../..", "/"},
        {"/../../a", "/a"},
        {"/a/..", "/"},
        {"/a/../", "/"},
        {"/a/b/..", "/a/"},
        {"/a/.", "/a/"},
        {"/.", "/"},
        {"/./", "/"},
        {"/a/./../b", "/b"},
        {"/a/b/../../../../c", "/c"},
        {"/a/../../b/..", "/"},
        {"/...", "/..."},
        {"/a/.../b", "/a/.../b"},
        {"/.a/..b", "/.a/..b"},
        // Slashes are merged before dot segments are taken out, as file systems see it.
        {"//", "/"},
        {"//a", "/a"},
        {"/a//b", "/a/b"},
        {"/a///", "/a/"},
        {"/a//../b", "/b"},
        {"/a//./b", "/a/b"},
        {"//..//a", "/a"},
        // Unreserved characters are decoded, other escapes upper-cased.
        {"/%61%62c", "/abc"},
        {"/%7euser", "/~user"},
        {"/%41%2d%2E%5f", "/A-._"},
        {"/a%20b", "/a%20b"},
        {"/%c3%a9", "/%C3%A9"},
        {"/%25", "/%25"},
        {"/%2561", "/%2561"},
        {"/%3b", "/%3B"},
        {"/%3f%23", "/%3F%23"},
        {"/%0a", "/%0A"},
        {"/%21%40", "/%21%40"},
        // Overlong UTF-8 is just bytes.
        {"/%c0%ae%c0%ae/a", "/%C0%AE%C0%AE/a"},
        {"/%c0%af", "/%C0%AF"},
        {"/%e0%80%af", "/%E0%80%AF"},
        // What RFC 3986 has no place for is encoded.
        {"/a|b", "/a%7Cb"},
        {"/[a]", "/%5Ba%5D"},
        {"/{a}^`\"<>", "/%7Ba%7D%5E%60%22%3C%3E"},
        {"/\xc3\xa9", "/%C3%A9"},
        {"/\xff", "/%FF"},
        // %2F is no separator.
        {"/a%2fb", "/a%2Fb"},
        {"/a%2F/../b", "/b"},
        {"/x/a%2fb/..", "/x/"},
    };
    for (const auto& c : cases) {
        const auto got = canonical(c.target);
        EXPECT_FALSE(got.uri.refusal) << c.target << ": " << got.uri.refusal.reason;
        EXPECT_EQ(got.path, c.path) << c.target;
        EXPECT_EQ(canonical(c.path).path, c.path) << "not stable: " << c.path;
    }
}

TEST(canonical_path, refuses_what_cannot_be_trusted) {
    const std::vector<std::string> targets = {
        "", "a", "a/b", "?", "%2Fa", ".", "/a\\b", "/\\", "/a/..\\c", "/%5c", "/%5C", "/%00",
        "/a%00b", "/a\0b"s, "/a\x01", "/a\x1f", "/a\x7f", "/a b", "/\t", "/\r\n", "/%", "/%4",
        "/%zz", "/%4g", "/%%41", "/a%", "/%u0061", "/#", "/a#b", "/admin#/../x", "/a?b#c",
        "/a?b\x01", "/a?b c", "/a?\x7f", "/a?\n",
        // A dot segment that appears only when something decodes once more.
        "/%252e", "/%252e%252e", "/%252E%252e/", "/.%252e/a", "/%252e./a", "/a/%252e%252e/b",
        "/%25252e%25252e", "/%25%32%65", "/%252%65", "/a/..%252fb", "/..%252f..%252fetc",
        "/x%252f..", "/..%255c", "/%252e%252e%255c",
        // Or when it takes %2F for a separator or ";" for parameters.
        "/..%2f", "/a/..%2Fb", "/a%2f..", "/a%2f..%2fb", "/a%2f.", "/.%2fa", "/..;", "/..;x=1/a",
        "/.;/a", "/a/..;/b"};
    for (const auto& target : targets) {
        const auto got = canonical(target);
        EXPECT_EQ(got.uri.refusal.status, 400u)
            << ::testing::PrintToString(target) << " gave " << got.path;
        EXPECT_FALSE(got.uri.refusal.reason.empty());
    }
}

TEST(canonical_path, tells_what_a_route_must_allow) {
    EXPECT_TRUE(canonical("/a%2fb").uri.has_encoded_slash);
    EXPECT_TRUE(canonical("/a%2Fb").uri.has_encoded_slash);
    EXPECT_FALSE(canonical("/a%252Fb").uri.has_encoded_slash);
    EXPECT_FALSE(canonical("/a?x=%2F").uri.has_encoded_slash);
    const auto semicolon = canonical("/a;v=1/b");
    EXPECT_TRUE(semicolon.uri.has_semicolon);
    EXPECT_EQ(semicolon.path, "/a;v=1/b");
    EXPECT_FALSE(canonical("/a%3Bb").uri.has_semicolon);
    EXPECT_FALSE(canonical("/a?x;y").uri.has_semicolon);
    EXPECT_TRUE(canonical("/x;y/..").uri.has_semicolon)
        << "also where the segment is gone in the end";
}

TEST(canonical_path, keeps_the_query_byte_for_byte) {
    for (std::string query : {"", "?", "??", "?a=1&b=2", "?a=%", "?%zz&%2f", "?;", "?|[]{}^\"<>`\\",
                              "?\xff\x80", "?a=/../b//c", "?a=%00%0d%0a", "?a+b", "?%2e%2E"}) {
        EXPECT_EQ(canonical("/a" + query).query, query);
        EXPECT_EQ(canonical("/b/../a" + query).query, query);
        EXPECT_EQ(canonical("/b/../a" + query).path, "/a");
        EXPECT_EQ(canonical("http://h" + query).query, query);
    }
}

TEST(canonical_path, reads_the_absolute_form) {
    const auto plain = canonical("http://example.com:8080/a/../b?c");
    EXPECT_FALSE(plain.uri.refusal);
    EXPECT_EQ(plain.uri.type, request_uri::form::absolute);
    EXPECT_EQ(plain.authority, "example.com:8080");
    EXPECT_EQ(plain.path, "/b");
    EXPECT_EQ(plain.query, "?c");
    EXPECT_EQ(canonical("HTTPS://[::1]").path, "/");
    EXPECT_EQ(canonical("HTTPS://[::1]").authority, "[::1]");
    EXPECT_EQ(canonical("http://h?x").path, "/");
    for (std::string target :
         {"http://", "http:///a", "http://u@h/", "http://u:p@h/", "ftp://h/", "http:/a", "http:a",
          "http://h#x", "http://h\\a", "http://h:99999/", "example.com:443"})
        EXPECT_EQ(canonical(target).uri.refusal.status, 400u) << target;
}

TEST(canonical_path, knows_the_asterisk) {
    const auto got = canonical("*");
    EXPECT_FALSE(got.uri.refusal);
    EXPECT_EQ(got.uri.type, request_uri::form::asterisk);
    EXPECT_EQ(got.path, "");
    EXPECT_EQ(canonical("*/a").uri.refusal.status, 400u);
    EXPECT_EQ(canonical("/*").path, "/*");
}

/// Pieces that matter, strung together at random.
std::string random_target(std::mt19937_64& random) {
    static const std::vector<std::string> pieces = {
        "/",      "/",   "/",   "//",  ".",   "..",     "/..",   "/../",    "a",
        "b",      "%2e", "%2E", "%2f", "%5c", "%25",    "%252e", "%25252e", "2e",
        "%61",    "%zz", "%",   ";",   "?",   "\\",     "%00",   "|",       "\xc3\xa9",
        "%c0%ae", "x",   "~",   "%7e", "#",   "%32%65", "...",   "%20"};
    std::string target = "/";
    for (auto n = random() % 12; n > 0; --n) target += pieces[random() % pieces.size()];
    return target;
}

TEST(canonical_path, is_stable_and_without_dot_segments_whatever_comes) {
    std::mt19937_64 random(20240501);
    int accepted = 0;
    for (int i = 0; i < 200000; ++i) {
        const auto target = random_target(random);
        const auto once = canonical(target);
        if (once.uri.refusal) continue;
        ++accepted;
        ASSERT_TRUE(once.path.starts_with('/')) << target;
        ASSERT_EQ(once.path.find("//"), std::string::npos) << target;
        ASSERT_EQ((once.path + "/").find("/./"), std::string::npos) << target;
        ASSERT_EQ((once.path + "/").find("/../"), std::string::npos) << target;
        const auto twice = canonical(once.path + once.query);
        ASSERT_FALSE(twice.uri.refusal) << target << ": " << twice.uri.refusal.reason;
        ASSERT_EQ(twice.path, once.path) << target;
        ASSERT_EQ(twice.query, once.query) << target;
        // Nor do any appear in what a target makes of it that decodes once more.
        std::string decoded;
        append_decoded(once.path, false, decoded);
        ASSERT_EQ((decoded + "/").find("/../"), std::string::npos) << target;
    }
    EXPECT_GT(accepted, 20000);
}

} // namespace
} // namespace thalamus::http::canonical_path_test
