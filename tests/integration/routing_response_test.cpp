// What the gateway answers itself: respond, redirect, CORS, problems; and the split.

#include "tests/support/gateway.hpp"

#include <gtest/gtest.h>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace thalamus::test::routing_response_test {
namespace {

TEST(routing_answer, responds_from_the_configuration) {
    gateway_options options;
    options.files["page.html"] = "<h1>Hello</h1>\n";
    options.files["data.json"] = "{}";
    gateway gateway(R"(
routes:
  - {id: text, match: {path: /text}, respond: {status: 200, headers: {Content-Type: text/plain, X-Own: "1"}, text: "hello"}}
  - {id: json, match: {path: /json}, respond: {status: 418, json: {error: try later, list: [1, 2]}}}
  - {id: file, match: {path: /file}, respond: {file: page.html}}
  - {id: empty, match: {path: /empty}, respond: {status: 204}}
)",
                    {}, options);
    raw_client client(gateway.port());
    auto text = client.get("/text");
    EXPECT_EQ(text.body, "hello");
    EXPECT_EQ(text.get("Content-Type"), "text/plain");
    EXPECT_EQ(text.get("X-Own"), "1");
    EXPECT_TRUE(text.has("X-Request-Id") && text.has("Date")) << text.head;
    auto json = client.ask("POST", "/json", {}, "a body that nobody reads");
    EXPECT_EQ(json.status, 418);
    EXPECT_EQ(nlohmann::json::parse(json.body),
              (nlohmann::json{{"error", "try later"}, {"list", {1, 2}}}));
    EXPECT_EQ(json.get("Content-Type"), "application/json");
    auto file = client.get("/file");
    EXPECT_EQ(file.status, 200);
    EXPECT_EQ(file.body, "<h1>Hello</h1>\n");
    EXPECT_TRUE(file.joined("Content-Type").starts_with("text/html")) << file.head;
    auto head = client.ask("HEAD", "/text");
    EXPECT_EQ(head.get("Content-Length"), "5");
    auto empty = client.get("/empty");
    EXPECT_EQ(empty.status, 204);
    EXPECT_FALSE(empty.has("Content-Length"));
    EXPECT_EQ(client.get("/text").body, "hello");
}

TEST(routing_answer, redirects_and_keeps_the_query) {
    gateway gateway(R"(
routes:
  - {id: moved, match: {path: "/old/{rest...}"}, redirect: {to: "https://{host}/new/{rest}", status: 308}}
  - {id: found, match: {path: "/f/{id}"}, redirect: {to: "/g/{id}", status: 302}}
  - {id: default, match: {path: /d}, redirect: {to: "https://example.com/"}}
)");
    auto moved = gateway.get("/old/a/b?x=1&y", {{"Host", "shop.example"}});
    EXPECT_EQ(moved.status, 308);
    EXPECT_EQ(moved.get("Location"), "https://shop.example/new/a/b?x=1&y");
    auto found = gateway.ask("POST", "/f/7", {}, "body");
    EXPECT_EQ(found.status, 302);
    EXPECT_EQ(found.get("Location"), "/g/7");
    EXPECT_EQ(gateway.get("/d").status, 308);
    EXPECT_EQ(gateway.get("/d").get("Location"), "https://example.com/");
    for (std::string path : {"/f/%2F%2Fevil.example", "/f/a%0d%0aSet-Cookie:x",
                             "/old//evil.example", "/old/%0d%0aX:y"}) {
        auto answer = gateway.get(path, {{"Host", "shop.example"}});
        auto location = answer.joined("Location");
        EXPECT_TRUE(answer.status == 400 || location.starts_with("https://shop.example/new/") ||
                    location.starts_with("/g/"))
            << path << " -> " << location;
        EXPECT_FALSE(answer.has("Set-Cookie") || answer.has("X"));
    }
}

TEST(routing_answer, splits_by_weight_and_sticks_to_the_key) {
    recording_target stable("stable"), next("next");
    gateway gateway(R"(
trusted_proxies: [127.0.0.0/8]
services: {stable: {targets: ["http://@stable@"]}, next: {targets: ["http://@next@"]}}
routes:
  - {id: by-ip, match: {path: "/ip"}, split: {on: client_ip, to: [{service: stable, weight: 80}, {service: next, weight: 20}]}}
  - {id: by-header, match: {path: "/header"}, split: {on: "header:X-User", to: [{service: stable, weight: 1}, {service: next, weight: 1}]}}
)",
                    {{"stable", stable.address()}, {"next", next.address()}});
    raw_client client(gateway.port());
    std::map<std::string, int> counts;
    for (int i = 0; i < 1000; ++i) {
        field from{"X-Forwarded-For",
                   "203.0." + std::to_string(i / 250) + "." + std::to_string(i % 250)};
        auto first = client.get("/ip", {from}).body;
        ++counts[first];
        if (i % 50 == 0) {
            EXPECT_EQ(client.get("/ip", {from}).body, first) << "the same client, the same side";
        }
    }
    EXPECT_NEAR(counts["next"], 200, 60);
    EXPECT_EQ(counts["stable"] + counts["next"], 1000);
    std::set<std::string> sides;
    for (int i = 0; i < 40; ++i)
        sides.insert(client.get("/header", {{"X-User", std::to_string(i)}}).body);
    EXPECT_EQ(sides.size(), 2u);
}

TEST(routing_answer, problems_have_all_their_members) {
    gateway gateway("routes: [{id: a, match: {path: /a, methods: [GET]}, respond: {text: a}}]\n");
    for (auto& [method, target, status, title] :
         std::vector<std::tuple<std::string, std::string, int, std::string>>{
             {"GET", "/missing?q=1", 404, "Not Found"},
             {"POST", "/a", 405, "Method Not Allowed"},
             {"GET", "/a%00b", 400, "Bad Request"}}) {
        auto answer = gateway.ask(method, target);
        EXPECT_EQ(answer.status, status);
        EXPECT_EQ(answer.get("Content-Type"), "application/problem+json");
        EXPECT_EQ(answer.get("Cache-Control"), "no-store");
        auto problem = nlohmann::json::parse(answer.body);
        EXPECT_TRUE(problem["type"].is_string());
        EXPECT_EQ(problem["title"], title);
        EXPECT_EQ(problem["status"], status);
        EXPECT_EQ(problem["instance"], target.substr(0, target.find('?')));
        EXPECT_EQ(problem["request_id"], answer.joined("X-Request-Id"));
        EXPECT_FALSE(answer.joined("X-Request-Id").empty());
    }
}

class cors : public testing::Test {
protected:
    recording_target target{[](target_exchange& x) {
        x.read_body();
        x.answer(200, "ok",
                 {{"Access-Control-Allow-Origin", "https://target.example"},
                  {"Access-Control-Allow-Credentials", "true"}});
    }};
    test::gateway gateway{R"(
services: {app: {targets: ["http://@app@"]}, down: {targets: ["http://127.0.0.1:1"]}}
routes:
  - id: app
    match: {path: /app, methods: [GET, PUT]}
    cors: {origins: ["https://app.example.com"], methods: [GET, PUT], headers: [Authorization], expose: [X-Total], credentials: true, max_age: 10m}
    service: app
  - {id: down, match: {path: /down}, cors: {origins: ["https://app.example.com"], methods: [GET]}, service: down}
  - {id: plain, match: {path: /plain, methods: [GET]}, service: app}
)",
                          {{"app", target.address()}}};
    const field origin{"Origin", "https://app.example.com"};
};

TEST_F(cors, answers_the_preflight_itself) {
    auto answer = gateway.ask("OPTIONS", "/app",
                              {origin,
                               {"Access-Control-Request-Method", "PUT"},
                               {"Access-Control-Request-Headers", "authorization"}});
    EXPECT_TRUE(answer.status == 200 || answer.status == 204);
    EXPECT_EQ(answer.all("Access-Control-Allow-Origin"),
              std::vector<std::string>({"https://app.example.com"}))
        << "browsers refuse two";
    EXPECT_NE(answer.joined("Access-Control-Allow-Methods").find("PUT"), std::string::npos);
    EXPECT_TRUE(same_text(answer.joined("Access-Control-Allow-Headers"), "authorization"));
    EXPECT_EQ(answer.joined("Access-Control-Allow-Credentials"), "true");
    EXPECT_EQ(answer.get("Access-Control-Max-Age"), "600");
    EXPECT_NE(answer.joined("Vary").find("Origin"), std::string::npos);
    EXPECT_EQ(target.bytes_received(), 0u);
    auto foreign =
        gateway.ask("OPTIONS", "/app",
                    {{"Origin", "https://evil.example"}, {"Access-Control-Request-Method", "PUT"}});
    EXPECT_FALSE(foreign.has("Access-Control-Allow-Origin"));
    EXPECT_EQ(target.bytes_received(), 0u);
}

TEST_F(cors, replaces_the_target_s_own_fields) {
    auto answer = gateway.get("/app", {origin});
    EXPECT_EQ(answer.all("Access-Control-Allow-Origin"),
              std::vector<std::string>({"https://app.example.com"}));
    EXPECT_EQ(answer.all("Access-Control-Allow-Credentials"), std::vector<std::string>({"true"}));
    EXPECT_EQ(answer.get("Access-Control-Expose-Headers"), "X-Total");
    EXPECT_FALSE(gateway.get("/app", {{"Origin", "https://evil.example"}})
                     .has("Access-Control-Allow-Origin"));
    EXPECT_FALSE(gateway.get("/app", {{"Origin", "null"}}).has("Access-Control-Allow-Origin"));
    EXPECT_FALSE(gateway.get("/app", {{"Origin", "https://app.example.com.evil.example"}})
                     .has("Access-Control-Allow-Origin"));
}

TEST_F(cors, marks_the_gateway_s_own_errors_too) {
    auto answer = gateway.get("/down", {origin});
    EXPECT_GE(answer.status, 502);
    EXPECT_EQ(answer.get("Access-Control-Allow-Origin"), "https://app.example.com");
}

TEST_F(cors, leaves_other_routes_alone) {
    auto preflight =
        gateway.ask("OPTIONS", "/plain", {origin, {"Access-Control-Request-Method", "GET"}});
    EXPECT_EQ(preflight.status, 200);
    EXPECT_EQ(target.last_request().method, "OPTIONS");
    EXPECT_EQ(gateway.get("/plain", {origin}).get("Access-Control-Allow-Origin"),
              "https://target.example");
}

} // namespace
} // namespace thalamus::test::routing_response_test
