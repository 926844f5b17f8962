// What routes mean once loaded.

#include "tests/config/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace thalamus::config::routes_test {
namespace {

using testing::ElementsAre;
using testing::Pair;

snapshot_ptr one_route(const std::string& keys, const std::string& path = "/users/{id}/{rest...}") {
    return must_load("services: {users: {targets: ['http://a']}}\nroutes:\n  - match: {path: \"" +
                     path + "\"}\n    " + keys + "\n");
}

respond_action answer_of(const std::string& value, std::map<std::string, std::string> files = {}) {
    files["gateway.yaml"] = "routes:\n  - match: {path: /}\n    respond: " + value + "\n";
    return std::get<respond_action>(must_load(memory{files, {}})->routes[0].action);
}

TEST(respond, sends_text) {
    const auto answer = answer_of("{text: hi}");
    EXPECT_EQ(answer.status, 200u);
    EXPECT_EQ(answer.body, "hi");
    EXPECT_THAT(answer.headers, ElementsAre(Pair("Content-Type", "text/plain; charset=utf-8")));
}

TEST(respond, sends_json_compactly_in_the_order_written_with_types_of_the_core_schema) {
    const auto answer = answer_of("{json: {b: [1, -2, 1.5, true, ~, 18446744073709551615], a: on, "
                                  "c: \"1\", d: {}, e: 0x10, f: no, g: \"\"}}");
    EXPECT_EQ(answer.body,
              "{\"b\":[1,-2,1.5,true,null,18446744073709551615],\"a\":\"on\",\"c\":\"1\","
              "\"d\":{},\"e\":16,\"f\":\"no\",\"g\":\"\"}");
    EXPECT_THAT(answer.headers, ElementsAre(Pair("Content-Type", "application/json")));
}

TEST(respond, reads_a_file_at_load_and_takes_its_type_from_its_name) {
    EXPECT_EQ(answer_of("{file: page.HTML}", {{"page.HTML", "<p>"}}).body, "<p>");
    const auto type = [](const std::string& name) {
        return answer_of("{file: " + name + "}", {{name, ""}}).headers.at(0).second;
    };
    EXPECT_EQ(type("page.HTML"), "text/html; charset=utf-8");
    EXPECT_EQ(type("a/b.png"), "image/png");
    EXPECT_EQ(type("unknown"), "application/octet-stream");
}

TEST(respond, keeps_the_content_type_it_is_given) {
    EXPECT_THAT(answer_of("{headers: {content-type: text/x, X: [1, 2]}, text: a}").headers,
                ElementsAre(Pair("content-type", "text/x"), Pair("X", "1"), Pair("X", "2")));
}

TEST(respond, needs_no_body) {
    const auto answer = answer_of("{status: 204}");
    EXPECT_EQ(answer.body, "");
    EXPECT_TRUE(answer.headers.empty());
}

TEST(respond, refuses_a_body_beyond_8MiB) {
    const memory outside{{{"gateway.yaml", "routes: [{match: {path: /}, respond: {file: big}}]\n"},
                          {"big", std::string((8 << 20) + 1, 'x')}},
                         {}};
    EXPECT_THAT(problems_of(outside),
                ElementsAre("gateway.yaml:1:45: routes[0].respond.file: the body is "
                            "larger than 8MiB; serve it from a service"));
}

TEST(match, canonicalises_methods_and_hosts) {
    const auto value =
        must_load("routes: [{respond: {}, match: {path: /, methods: [get, PROPFIND], hosts: "
                  "[API.Example.com., \"*.Example.org\", \"[::1]\"]}}]\n");
    EXPECT_THAT(value->routes[0].match.methods, ElementsAre("GET", "PROPFIND"));
    EXPECT_THAT(value->routes[0].match.hosts,
                ElementsAre("api.example.com", "*.example.org", "[::1]"));
}

TEST(match, keeps_conditions_as_text) {
    const auto value =
        must_load("routes: [{respond: {}, match: {path: /, headers: {X-Version: 1.10, X-On: on}, "
                  "query: {Beta: 0755}}}]\n");
    const auto& match = value->routes[0].match;
    EXPECT_EQ(match.headers[0].name, "x-version");
    EXPECT_EQ(match.headers[0].value, "1.10");
    EXPECT_EQ(match.headers[1].value, "on");
    EXPECT_EQ(match.query[0].name, "Beta");
    EXPECT_EQ(match.query[0].value, "0755");
}

TEST(match, takes_escaped_slashes_and_semicolons_where_the_route_allows_them) {
    const auto value =
        one_route("service: users\n    allow_in_path: [semicolon, encoded_slash]", "/a;b/c%2fd");
    EXPECT_EQ(value->routes[0].match.path.segments[0].text, "a;b");
    EXPECT_EQ(value->routes[0].match.path.segments[1].text, "c%2Fd");
    EXPECT_TRUE(value->routes[0].allow_semicolon);
}

TEST(rewrite, keeps_whole_segments_and_canonical_text) {
    const auto value = one_route("service: users\n    rewrite: {strip_prefix: /%61pi/, path: "
                                 "\"/v%32/a b/{id}.json/{rest}\", host: \"{id}.internal:80\"}");
    const auto& rewrite = value->routes[0].rewrite;
    EXPECT_EQ(rewrite.strip_prefix, "/api");
    ASSERT_TRUE(rewrite.path);
    ASSERT_EQ(rewrite.path->parts.size(), 4u);
    EXPECT_EQ(rewrite.path->parts[0].text, "/v2/a%20b/");
    EXPECT_EQ(rewrite.path->parts[1].type, template_part::kind::capture);
    EXPECT_EQ(rewrite.path->parts[2].text, ".json/");
    EXPECT_EQ(rewrite.path->parts[3].text, "rest");
    ASSERT_TRUE(rewrite.host);
}

TEST(header_edits, take_lists_where_headers_are_added) {
    const auto value =
        one_route("service: users\n    response_headers: {add: {Set-Cookie: [a=1, b=2], X: c}}");
    const auto& add = value->routes[0].response_headers.add;
    ASSERT_EQ(add.size(), 3u);
    EXPECT_EQ(add[1].name, "Set-Cookie");
    EXPECT_EQ(add[1].value.source, "b=2");
    EXPECT_EQ(add[2].value.source, "c");
}

TEST(cors, defaults_to_the_methods_of_the_route) {
    const auto methods = [](const std::string& match) {
        return must_load("routes: [{respond: {}, match: " + match +
                         ", cors: {origins: [\"*\"]}}]\n")
            ->routes[0]
            .cors->methods;
    };
    EXPECT_THAT(methods("{path: /, methods: [PUT]}"), ElementsAre("PUT"));
    EXPECT_THAT(methods("{path: /}"), testing::IsEmpty());
}

TEST(cors, writes_origins_as_browsers_do) {
    const auto value =
        one_route("service: users\n    cors: {origins: [\"HTTPS://App.Example.com:443\", "
                  "\"http://localhost:3000\", \"https://*.example.com\"]}");
    EXPECT_THAT(
        value->routes[0].cors->origins,
        ElementsAre("https://app.example.com", "http://localhost:3000", "https://*.example.com"));
    EXPECT_FALSE(value->routes[0].cors->credentials);
}

TEST(cors, can_be_off) { EXPECT_FALSE(one_route("service: users\n    cors: off")->routes[0].cors); }

TEST(route, has_an_id_when_none_is_given) {
    EXPECT_EQ(one_route("service: users")->routes[0].id, "route-1");
}

TEST(split, names_services_by_index) {
    const auto value =
        must_load("services: {a: {targets: ['http://a']}, b: {targets: ['http://b']}}\n"
                  "routes: [{match: {path: /}, split: {on: \"header:X-User\", to: "
                  "[{service: b}, {service: a, weight: 0}]}}]\n");
    const auto& split = std::get<split_action>(value->routes[0].action);
    EXPECT_EQ(split.on.type, hash_source::kind::header);
    EXPECT_EQ(split.on.name, "x-user");
    EXPECT_EQ(split.to[0].service, 1u);
    EXPECT_EQ(split.to[0].weight, 1u);
    EXPECT_EQ(split.to[1].weight, 0u);
}

} // namespace
} // namespace thalamus::config::routes_test
