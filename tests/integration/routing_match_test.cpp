// Which route answers: precedence of paths, hosts, conditions; methods; what matches nothing.

#include "tests/support/gateway.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace thalamus::test::routing_match_test {
namespace {

/// Routes that answer with their own id.
std::string route(const std::string& id, const std::string& match) {
    return "  - {id: " + id + ", match: {" + match + "}, respond: {text: " + id + "}}\n";
}

struct asked {
    std::string method, target;
    std::vector<field> fields;
    std::string expected; ///< the route's id, or the status of a refusal
};

void expect_routes(const gateway& gateway, const std::vector<asked>& table) {
    for (auto& [method, target, fields, expected] : table) {
        auto answer = gateway.ask(method, target, fields);
        EXPECT_EQ(answer.status == 200 ? answer.body : std::to_string(answer.status), expected)
            << method << " " << target << (fields.empty() ? "" : " " + fields[0].second);
    }
}

TEST(routing_match, the_most_specific_path_wins) {
    gateway gateway("routes:\n" + route("root", "path: /") + route("any", "path: \"/{rest...}\"") +
                    route("users", "path: /users") + route("me", "path: /users/me") +
                    route("user", "path: \"/users/{id}\"") +
                    route("under-me", "path: \"/users/me/{rest...}\"") +
                    route("orders", "path: \"/users/{id}/orders\"") +
                    route("order", "path: \"/users/{id}/orders/{order}\"") +
                    route("files", "path: \"/users/{id}/{rest...}\"") +
                    route("slash", "path: /dir/") + route("me-deep", "path: /users/me/a/b"));
    expect_routes(gateway, {
                               {"GET", "/", {}, "root"},
                               {"GET", "/other", {}, "any"},
                               {"GET", "/other/deep/path", {}, "any"},
                               {"GET", "/users", {}, "users"},
                               {"GET", "/users/me", {}, "me"},
                               {"GET", "/users/17", {}, "user"},
                               {"GET", "/users/mee", {}, "user"},
                               {"GET", "/users/17/orders", {}, "orders"},
                               {"GET", "/users/17/orders/4", {}, "order"},
                               {"GET", "/users/17/orders/4/x", {}, "files"},
                               {"GET", "/users/17/x", {}, "files"},
                               {"GET", "/users/me/orders", {}, "under-me"},
                               {"GET", "/users/me/a/b", {}, "me-deep"},
                               {"GET", "/users/me/a/c", {}, "under-me"},
                               {"GET", "/Users/me", {}, "any"},
                               {"GET", "/users/17?x=/users/me", {}, "user"},
                               {"GET", "/dir/", {}, "slash"},
                               {"GET", "/dir", {}, "any"},
                           });
}

TEST(routing_match, a_capture_takes_one_segment_that_is_not_empty) {
    gateway gateway("routes:\n" + route("one", "path: \"/a/{id}\"") +
                    route("rest", "path: \"/b/{rest...}\"") + route("mid", "path: \"/c/{x}/d\""));
    expect_routes(gateway, {
                               {"GET", "/a/x", {}, "one"},
                               {"GET", "/a/", {}, "404"},
                               {"GET", "/a", {}, "404"},
                               {"GET", "/a/x/", {}, "404"},
                               {"GET", "/a/x/y", {}, "404"},
                               {"GET", "/b/", {}, "rest"},
                               {"GET", "/b", {}, "rest"},
                               {"GET", "/b/x/y/", {}, "rest"},
                               {"GET", "/bb", {}, "404"},
                               {"GET", "/c//d", {}, "404"},
                               {"GET", "/c/x/d", {}, "mid"},
                               {"GET", "/", {}, "404"},
                           });
}

TEST(routing_match, hosts_match_exactly_by_wildcard_or_not_at_all) {
    gateway gateway("routes:\n" + route("exact", "path: /, hosts: [api.example.com]") +
                    route("wild", "path: /, hosts: [\"*.example.com\"]") +
                    route("longer", "path: /, hosts: [\"*.eu.example.com\"]") +
                    route("none", "path: /") + route("only", "path: /only, hosts: [only.example]"));
    auto at = [](std::string host, std::string expected, std::string path = "/") {
        return asked{"GET", path, {{"Host", host}}, expected};
    };
    expect_routes(gateway, {
                               at("api.example.com", "exact"),
                               at("API.Example.COM", "exact"),
                               at("api.example.com:8080", "exact"),
                               at("api.example.com.", "exact"),
                               at("api.example.com.:80", "exact"),
                               at("x.example.com", "wild"),
                               at("a.b.example.com", "wild"),
                               at("a.eu.example.com", "longer"),
                               at("eu.example.com", "wild"),
                               at("example.com", "none"),
                               at("xexample.com", "none"),
                               at("other", "none"),
                               at("127.0.0.1", "none"),
                               at("only.example", "only", "/only"),
                               at("other.example", "404", "/only"),
                           });
}

TEST(routing_match, a_path_is_more_specific_than_a_host) {
    gateway gateway("routes:\n" + route("host", "path: \"/{rest...}\", hosts: [a.example]") +
                    route("path", "path: /users"));
    expect_routes(gateway, {{"GET", "/users", {{"Host", "a.example"}}, "path"},
                            {"GET", "/other", {{"Host", "a.example"}}, "host"},
                            {"GET", "/other", {{"Host", "b.example"}}, "404"}});
}

TEST(routing_match, more_conditions_win) {
    gateway gateway(
        "routes:\n" + route("plain", "path: /") +
        route("version", "path: /, headers: {X-Version: \"2\"}") +
        route("both", "path: /, headers: {X-Version: \"2\"}, query: {beta: \"1\"}") +
        route("three", "path: /, headers: {X-Version: \"2\", X-More: m}, query: {beta: \"1\"}"));
    expect_routes(gateway, {
                               {"GET", "/", {}, "plain"},
                               {"GET", "/", {{"X-Version", "2"}}, "version"},
                               {"GET", "/", {{"x-VERSION", "2"}}, "version"},
                               {"GET", "/", {{"X-Version", "22"}}, "plain"},
                               {"GET", "/", {{"X-Version", "2"}, {"X-More", "m"}}, "version"},
                               {"GET", "/?beta=1", {{"X-Version", "2"}}, "both"},
                               {"GET", "/?a=b&beta=1&c", {{"X-Version", "2"}}, "both"},
                               {"GET", "/?beta=11", {{"X-Version", "2"}}, "version"},
                               {"GET", "/?Beta=1", {{"X-Version", "2"}}, "version"},
                               {"GET", "/?beta=1", {{"X-Version", "2"}, {"X-More", "m"}}, "three"},
                               {"GET", "/?beta=1", {}, "plain"},
                           });
}

TEST(routing_match, a_route_that_does_not_hold_gives_way_to_a_less_specific_one) {
    gateway gateway("routes:\n" + route("any", "path: \"/{rest...}\"") +
                    route("beta", "path: /users/me, headers: {X-Beta: \"1\"}") +
                    route("put", "path: \"/users/{id}\", methods: [PUT]"));
    expect_routes(gateway, {{"GET", "/users/me", {{"X-Beta", "1"}}, "beta"},
                            {"GET", "/users/me", {}, "any"},
                            {"PUT", "/users/me", {}, "put"}});
}

TEST(routing_match, methods_are_405_with_allow_and_head_follows_get) {
    recording_target target;
    gateway gateway("services: {app: {targets: [\"http://@app@\"]}}\nroutes:\n"
                    "  - {id: read, match: {path: /a, methods: [GET]}, service: app}\n"
                    "  - {id: write, match: {path: /a, methods: [PUT, DELETE]}, service: app}\n"
                    "  - {id: post, match: {path: /b, methods: [POST]}, service: app}\n",
                    {{"app", target.address()}});
    EXPECT_EQ(gateway.get("/a").status, 200);
    EXPECT_EQ(gateway.ask("DELETE", "/a").status, 200);
    EXPECT_EQ(gateway.ask("HEAD", "/a").status, 200);
    EXPECT_EQ(target.last_request().method, "HEAD");
    auto refused = gateway.ask("POST", "/a", {}, "x");
    EXPECT_EQ(refused.status, 405);
    auto allow = refused.joined("Allow");
    for (auto* method : {"GET", "HEAD", "PUT", "DELETE"})
        EXPECT_NE(allow.find(method), std::string::npos) << allow;
    EXPECT_EQ(allow.find("POST"), std::string::npos) << allow;
    EXPECT_EQ(gateway.ask("HEAD", "/b").status, 405);
    EXPECT_EQ(gateway.get("/c").status, 404);
    EXPECT_EQ(gateway.ask("POST", "/c").status, 404);
    EXPECT_EQ(gateway.ask("get", "/a").status, 405) << "methods are case-sensitive";
}

TEST(routing_match, options_goes_to_the_target_where_another_method_would) {
    recording_target target;
    gateway gateway("services: {app: {targets: [\"http://@app@\"]}}\nroutes:\n"
                    "  - {id: read, match: {path: /a, methods: [GET]}, service: app}\n",
                    {{"app", target.address()}});
    EXPECT_EQ(gateway.ask("OPTIONS", "/a").status, 200);
    EXPECT_EQ(target.last_request().method, "OPTIONS");
    EXPECT_EQ(gateway.ask("OPTIONS", "/b").status, 404);
}

TEST(routing_match, refuses_to_start_with_routes_that_could_both_win) {
    gateway_options options;
    options.wait_ready = false;
    gateway gateway("routes:\n" + route("one", "path: \"/a/{x}\"") +
                        route("two", "path: \"/a/{y}\""),
                    {}, options);
    EXPECT_EQ(gateway.program().wait_exit(5s), 1);
    EXPECT_TRUE(eventually([&] {
        auto said = gateway.program().standard_error();
        return said.find("one") != said.npos && said.find("gateway.yaml:") != said.npos;
    })) << gateway.program().standard_error();
}

TEST(routing_match, serves_ten_thousand_routes) {
    std::string routes = "routes:\n";
    for (int i = 0; i < 10000; ++i)
        routes +=
            route("r" + std::to_string(i), "path: \"/service" + std::to_string(i) + "/{id}\"");
    gateway gateway(routes);
    for (int i : {0, 1, 4999, 9999})
        EXPECT_EQ(gateway.get("/service" + std::to_string(i) + "/x").body, "r" + std::to_string(i));
    EXPECT_EQ(gateway.get("/service10000/x").status, 404);
}

} // namespace
} // namespace thalamus::test::routing_match_test
