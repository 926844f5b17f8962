#include "http/template_expand.hpp"

#include "http/canonical_path.hpp"
#include "http/percent.hpp"
#include "http/rewrite.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace thalamus::http::template_expand_test {
namespace {

config::text_template text(std::string_view source) {
    auto parsed = config::parse_template(source);
    EXPECT_TRUE(std::holds_alternative<config::text_template>(parsed)) << source;
    return std::get<config::text_template>(parsed);
}

struct world {
    capture_list captures{{"id", "a%20b", false}, {"rest", "x/y%2Fz", true}, {"none", "", true}};
    field_list fields{{field_id::other, "X-Tenant", "acme co"},
                      {field_id::other, "X-Up", ".."},
                      {field_id::other, "X-Path", "a/b?c&d#e"},
                      {field_id::other, "X-Empty", ""},
                      {field_id::other, "X-Ctl", "a\tb"}};
    std::string query = "?page=2&q=a%26b+c&empty=&bad=%zz&crlf=%0d%0aEvil:%201";
    template_context context() const {
        return {&captures, &fields, query, "2001:db8::1", "example.com"};
    }
};

using expander = bool (*)(const config::text_template&, const template_context&, std::string&);

std::string expand(expander how, std::string_view source) {
    const world w;
    std::string out = "[";
    if (!how(text(source), w.context(), out)) {
        EXPECT_EQ(out, "[") << "left changed";
        return "missing";
    }
    return out.substr(1);
}

TEST(template_in_header, decodes_what_is_harmless) {
    const auto in_header = [](std::string_view source) {
        return expand(expand_for_header, source);
    };
    EXPECT_EQ(in_header("plain"), "plain");
    EXPECT_EQ(in_header(""), "");
    EXPECT_EQ(in_header("<{id}>"), "<a b>");
    EXPECT_EQ(in_header("{rest}"), "x/y/z");
    EXPECT_EQ(in_header("{none}"), "");
    EXPECT_EQ(in_header("{query.page}/{header.x-tenant}/{client_ip}/{host}"),
              "2/acme co/2001:db8::1/example.com");
    EXPECT_EQ(in_header("{query.q}"), "a&b c");
    EXPECT_EQ(in_header("{query.bad}"), "%zz");
    EXPECT_EQ(in_header("{query.crlf}"), "%0D%0AEvil: 1");
    EXPECT_EQ(in_header("{header.x-ctl}"), "a%09b");
    EXPECT_EQ(in_header("a{query.missing}b"), "missing");
    EXPECT_EQ(in_header("{header.missing}"), "missing");
    EXPECT_EQ(in_header("{unknown}"), "missing");
    EXPECT_EQ(in_header("{claim.sub}"), "missing");
    EXPECT_EQ(in_header("{consumer}"), "missing");
    EXPECT_EQ(in_header("{header.x-empty}"), "");
}

TEST(template_in_path, keeps_a_value_in_its_segment) {
    const auto in_path = [](std::string_view source) { return expand(expand_for_path, source); };
    EXPECT_EQ(in_path("/v2/{id}/x"), "/v2/a%20b/x");
    EXPECT_EQ(in_path("/v2/{rest}"), "/v2/x/y%2Fz");
    EXPECT_EQ(in_path("/v2/{none}"), "/v2/");
    EXPECT_EQ(in_path("/{header.x-tenant}"), "/acme%20co");
    EXPECT_EQ(in_path("/{header.x-path}"), "/a%2Fb%3Fc%26d%23e");
    EXPECT_EQ(in_path("/{query.crlf}"), "/%0D%0AEvil%3A%201");
    EXPECT_EQ(in_path("/a/{header.x-up}"), "missing") << "a dot segment";
    EXPECT_EQ(in_path("/a/.{header.x-up}"), "/a/...");
    EXPECT_EQ(in_path("/a/{header.x-empty}/b"), "missing") << "an empty segment would vanish";
    EXPECT_EQ(in_path("/a/{query.empty}"), "missing");
    EXPECT_EQ(in_path("/a?id={id}&t={header.x-path}&r={rest}"),
              "/a?id=a%20b&t=a%2Fb%3Fc%26d%23e&r=x%2Fy%2Fz");
    EXPECT_EQ(in_path("/a?x={query.empty}"), "/a?x=");
}

TEST(template_in_location, keeps_host_path_and_query_apart) {
    const auto in_location = [](std::string_view source) {
        const world w;
        auto context = w.context();
        context.query = "?k=v&l";
        std::string out;
        return expand_for_location(text(source), context, out) ? out : "missing";
    };
    EXPECT_EQ(in_location("https://{host}/new/{rest}"), "https://example.com/new/x/y%2Fz?k=v&l");
    EXPECT_EQ(in_location("/new"), "/new?k=v&l");
    EXPECT_EQ(in_location("/new?a=b"), "/new?a=b&k=v&l");
    EXPECT_EQ(in_location("/new?a=b&c={query.none}&d=e"), "/new?a=b&d=e&k=v&l")
        << "a missing value leaves its entry out";
    EXPECT_EQ(in_location("/new?a={query.none}"), "/new?k=v&l");
    EXPECT_EQ(in_location("/new?a={query.none}x{id}&b={id}&c=<{header.none}>"),
              "/new?b=a%20b&k=v&l");
    EXPECT_EQ(in_location("/new?a={query.none}?&{query.k}={header.none}&b?{query.k}"),
              "/new?b?v&k=v&l");
    EXPECT_EQ(in_location("/new/{query.none}?a=b"), "missing");
    EXPECT_EQ(in_location("https://{header.x-path}/"), "missing");
    EXPECT_EQ(in_location("https://{id}.example.com/"), "missing");
    EXPECT_EQ(in_location("https://{header.x-up}/"), "missing")
        << "no host, and a dot segment besides";
    std::string out;
    EXPECT_TRUE(expand_for_location(text("/x"), template_context{}, out));
    EXPECT_EQ(out, "/x");
    out.clear();
    template_context lone;
    lone.query = "?";
    EXPECT_TRUE(expand_for_location(text("/x"), lone, out));
    EXPECT_EQ(out, "/x");
}

TEST(template_in_host, holds_only_what_a_host_can) {
    EXPECT_EQ(expand(expand_for_host, "{query.page}.internal:80"), "2.internal:80");
    EXPECT_EQ(expand(expand_for_host, "{header.x-tenant}.internal"), "missing");
    EXPECT_EQ(expand(expand_for_host, "{header.x-path}"), "missing");
    EXPECT_EQ(expand(expand_for_host, "{id}"), "missing");
    EXPECT_EQ(expand(expand_for_host, "{query.crlf}"), "missing");
    EXPECT_EQ(expand(expand_for_host, "{query.missing}.x"), "missing");
}

/// Whatever the values: the number of segments, the query's parameters and the lines stay.
TEST(template_values, never_add_structure) {
    std::mt19937_64 random(11);
    const auto path_template = text("/a/{query.v}/b/{header.x-v}?p={query.v}&q={header.x-v}");
    const auto header_template = text("<{query.v}|{header.x-v}>");
    int accepted = 0;
    for (int i = 0; i < 50000; ++i) {
        std::string value, other;
        for (auto n = random() % 6; n > 0; --n)
            value += static_cast<char>("./\\%&=?#;25eE\r\n\0:@ \xc3"[random() % 21]);
        for (auto n = random() % 6; n > 0; --n)
            other += static_cast<char>("./\\%&=?#;25eE:@ \xc3"[random() % 18]);
        std::string query = "?v=";
        append_encoded(value, query);
        const field_list fields{{field_id::other, "X-V", other}};
        const template_context from{nullptr, &fields, query, "", ""};
        std::string line;
        ASSERT_TRUE(expand_for_header(header_template, from, line));
        ASSERT_TRUE(std::none_of(line.begin(), line.end(),
                                 [](unsigned char c) { return c < ' ' || c == 0x7f; }));
        std::string target, buffer;
        if (!expand_for_path(path_template, from, target)) continue;
        const auto uri = canonicalize(target, buffer);
        if (uri.refusal) continue;
        ++accepted;
        ASSERT_EQ(std::count(uri.path.begin(), uri.path.end(), '/'), 4) << target;
        ASSERT_TRUE(uri.path.starts_with("/a/") && uri.path.find("/b/") != uri.path.npos) << target;
        ASSERT_EQ(std::count(uri.query.begin(), uri.query.end(), '&'), 1) << target;
        ASSERT_EQ(find_parameter(uri.query, "p"), value) << target;
        ASSERT_EQ(find_parameter(uri.query, "q"), other) << target;
    }
    EXPECT_GT(accepted, 10000);
}

// What the target sees.

struct rewritten {
    unsigned status;
    std::string uri;
};

rewritten rewrite(std::string strip_prefix, std::string_view path_template, std::string_view path,
                  std::string_view query = "", capture_list captures = {}) {
    config::rewrite_settings settings;
    settings.strip_prefix = std::move(strip_prefix);
    if (!path_template.empty()) settings.path = text(path_template);
    const template_context from{&captures, nullptr, query, "", ""};
    std::string buffer = "old";
    const auto result = rewrite_uri(settings, path, from, buffer);
    return {result.refusal.status, std::string(result.path) + std::string(result.query)};
}

TEST(rewrite, strips_whole_segments) {
    EXPECT_EQ(rewrite("/api", "", "/api/users", "?a").uri, "/users?a");
    EXPECT_EQ(rewrite("/api", "", "/api").uri, "/");
    EXPECT_EQ(rewrite("/api", "", "/api/").uri, "/");
    EXPECT_EQ(rewrite("/api/", "", "/api/users").uri, "/users");
    EXPECT_EQ(rewrite("/api", "", "/apis").uri, "/apis");
    EXPECT_EQ(rewrite("/api", "", "/other").uri, "/other");
    EXPECT_EQ(rewrite("/", "", "/other").uri, "/other");
    EXPECT_EQ(rewrite("", "", "/other", "?").uri, "/other?");
}

TEST(rewrite, makes_a_new_path) {
    const capture_list captures{{"id", "7", false}, {"rest", "", true}, {"deep", "x/%25y/", true}};
    EXPECT_EQ(rewrite("", "/v2/users/{id}", "/users/7", "?a=b", captures).uri, "/v2/users/7?a=b");
    EXPECT_EQ(rewrite("/users", "/v2/users/{id}", "/users/7", "", captures).uri, "/v2/users/7");
    EXPECT_EQ(rewrite("", "/v2/{rest}", "/users", "", captures).uri, "/v2/");
    EXPECT_EQ(rewrite("", "/v2/{rest}/x", "/users", "", captures).uri, "/v2/x");
    EXPECT_EQ(rewrite("", "/v2/{deep}", "/users", "?", captures).uri, "/v2/x/%25y/?");
    EXPECT_EQ(rewrite("", "/v2 x/{id}", "/users/7", "?", captures).status, 400u);
    EXPECT_EQ(rewrite("", "/{missing}", "/users", "", captures).status, 400u);
}

TEST(rewrite, cannot_leave_what_it_names) {
    for (std::string_view value : {".", "..", "%252e%252e", "..%2F..", "..%2Fadmin"}) {
        const capture_list captures{{"id", value, false}, {"rest", value, true}};
        EXPECT_EQ(rewrite("", "/internal/{id}", "/x", "", captures).status, 400u) << value;
        EXPECT_EQ(rewrite("", "/internal/{rest}", "/x", "", captures).status, 400u) << value;
    }
    const capture_list halves{{"a", ".", false}, {"b", "%2e", false}};
    EXPECT_EQ(rewrite("", "/internal/{a}{a}", "/x", "", halves).status, 400u);
}

} // namespace
} // namespace thalamus::http::template_expand_test
