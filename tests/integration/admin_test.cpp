// The admin port: who may call it and what it tells.

#include "tests/support/plain_gateway.hpp"

#include <atomic>
#include <csignal>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

namespace thalamus::test::admin_test {
namespace {

using nlohmann::json;

const std::string secret = "canary-0123456789abcdef";

TEST(admin, tells_that_it_lives_and_is_ready) {
    recording_target target;
    plain_gateway gateway(target);
    EXPECT_EQ(gateway.admin("GET", "/live").status, 200);
    auto ready = gateway.admin("GET", "/ready");
    EXPECT_EQ(ready.status, 200);
    EXPECT_EQ(ready.get("Content-Type"), "application/json");
    EXPECT_EQ(json::parse(ready.body)["ready"], true);
    EXPECT_EQ(gateway.admin("HEAD", "/live").status, 200);
}

TEST(admin, shows_routes_services_version_and_configuration) {
    recording_target target;
    plain_gateway gateway(target);
    auto routes = json::parse(gateway.admin("GET", "/routes").body);
    EXPECT_NE(routes.dump().find("\"all\""), std::string::npos);
    auto services = json::parse(gateway.admin("GET", "/services").body);
    EXPECT_NE(services.dump().find(target.address()), std::string::npos);
    EXPECT_NE(services.dump().find("healthy"), std::string::npos);
    auto version = json::parse(gateway.admin("GET", "/version").body);
    EXPECT_EQ(version["version"].get<std::string>().find_first_not_of("0123456789."),
              std::string::npos);
    auto config = json::parse(gateway.admin("GET", "/config").body);
    EXPECT_TRUE(config["version"].is_string()) << "the configuration's own";
    EXPECT_NE(config.dump().find("body_idle"), std::string::npos) << "defaults are shown too";
}

TEST(admin, asks_for_its_token_except_for_live_and_ready) {
    recording_target target;
    gateway_options options;
    options.environment["ADMIN_SECRET"] = secret;
    plain_gateway gateway(target,
                          "admin: {bind: \"127.0.0.1:@admin@\", token: \"${ADMIN_SECRET}\"}", "",
                          "", options);
    for (auto* path : {"/metrics", "/version", "/config", "/routes", "/services", "/nothing"}) {
        auto refused = gateway.admin("GET", path);
        EXPECT_EQ(refused.status, 401) << path;
        EXPECT_TRUE(refused.joined("WWW-Authenticate").starts_with("Bearer")) << refused.head;
        EXPECT_EQ(refused.get("Content-Type"), "application/problem+json");
        const std::vector<std::string> wrongs = {"Bearer wrong",
                                                 "Bearer ",
                                                 "Bearer",
                                                 "Basic " + secret,
                                                 secret,
                                                 "Bearer " + secret + "x",
                                                 "Bearer " + secret.substr(1),
                                                 "Bearer " + secret.substr(0, 10)};
        for (auto& wrong : wrongs)
            EXPECT_EQ(gateway.admin("GET", path, {{"Authorization", wrong}}).status, 401) << wrong;
    }
    EXPECT_EQ(gateway.admin("POST", "/drain").status, 401);
    EXPECT_EQ(gateway.admin("GET", "/live").status, 200);
    EXPECT_EQ(gateway.admin("GET", "/ready").status, 200);
    auto config = gateway.admin("GET", "/config", {{"Authorization", "Bearer " + secret}});
    EXPECT_EQ(config.status, 200);
    EXPECT_EQ(config.body.find(secret), std::string::npos) << "secrets are masked";
    EXPECT_EQ(
        (gateway.program().standard_error() + gateway.program().standard_output()).find(secret),
        std::string::npos);
}

TEST(admin, refuses_to_listen_to_the_world_without_a_strong_token) {
    for (std::string token : {"", ", token: short"}) {
        gateway_options options;
        options.wait_ready = false;
        gateway gateway("admin: {bind: \"0.0.0.0:@admin@\"" + token +
                            "}\nroutes: [{id: a, match: {path: /}, respond: {text: a}}]\n",
                        {}, options);
        EXPECT_EQ(gateway.program().wait_exit(5s), 1) << token;
    }
}

TEST(admin, answers_problems_to_what_it_does_not_know) {
    recording_target target;
    plain_gateway gateway(target);
    auto missing = gateway.admin("GET", "/nothing");
    EXPECT_EQ(missing.status, 404);
    EXPECT_EQ(json::parse(missing.body)["status"], 404);
    auto wrong = gateway.admin("DELETE", "/metrics");
    EXPECT_EQ(wrong.status, 405);
    EXPECT_TRUE(wrong.has("Allow"));
    EXPECT_EQ(gateway.admin("POST", "/test/kill", {}, "{\"actor\":\"router\"}").status, 404)
        << "the hook of test builds is not in this program";
}

TEST(admin, is_not_reachable_through_the_clients_port) {
    gateway gateway("routes: [{id: a, match: {path: /a}, respond: {text: a}}]\n");
    for (auto* path : {"/metrics", "/config", "/live", "/ready", "/drain"})
        EXPECT_EQ(gateway.get(path).status, 404);
}

TEST(admin, keeps_its_connections_and_stands_malformed_calls) {
    recording_target target;
    plain_gateway gateway(target);
    raw_client client(gateway.admin_port());
    for (int i = 0; i < 20; ++i) ASSERT_EQ(client.get("/metrics").status, 200);
    for (std::string bytes : {"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
                              "POST /drain HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                              "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                              "\x16\x03\x01\r\n\r\n"}) {
        raw_client bad(gateway.admin_port());
        bad.send(bytes);
        EXPECT_TRUE(bad.read_until_close().starts_with("HTTP/1.1 400"));
    }
    EXPECT_EQ(gateway.admin("GET", "/ready").status, 200);
}

TEST(admin, connections_left_open_do_not_keep_the_node) {
    recording_target target;
    plain_gateway gateway(target, "timeouts: {drain: 1s}");
    raw_client scraper(gateway.admin_port()), silent(gateway.admin_port());
    ASSERT_EQ(scraper.get("/metrics").status, 200);
    stopwatch since;
    gateway.program().signal(SIGTERM);
    std::thread scraping([&] {
        try {
            while (since.elapsed() < 4s) {
                raw_client again(gateway.admin_port());
                again.get("/metrics");
            }
        } catch (const test_error&) {}
    });
    EXPECT_EQ(gateway.program().wait_exit(3s), 0);
    EXPECT_LT(since.elapsed(), 2s);
    scraping.join();
}

// The page of metrics is written on a thread of its own, which reads what the node counts until the
// actor system has ended. With many services the page takes long enough to be under way at the end.
TEST(admin, a_scrape_under_way_is_no_danger_to_a_node_that_ends) {
    std::string services = "timeouts: {drain: 10ms}\nservices:\n";
    for (int i = 0; i < 500; ++i)
        services += "  s" + std::to_string(i) + ": {targets: [\"http://127.0.0.1:9\"]}\n";
    for (int round = 0; round < 3; ++round) {
        gateway gateway(services + "routes: [{match: {path: /}, service: s0}]\n");
        std::atomic<int> scraped = 0;
        std::atomic<bool> ended = false;
        std::vector<std::thread> scrapers;
        for (int i = 0; i < 4; ++i)
            scrapers.emplace_back([&] {
                while (!ended) {
                    try {
                        raw_client(gateway.admin_port()).get("/metrics");
                        ++scraped;
                    } catch (const test_error&) {} // the node has ended
                }
            });
        EXPECT_TRUE(eventually([&] { return scraped >= 4; }));
        gateway.program().signal(SIGTERM);
        EXPECT_EQ(gateway.program().wait_exit(10s), 0);
        ended = true;
        for (auto& scraper : scrapers) scraper.join();
    }
}

TEST(admin, takes_no_orders_from_web_pages) {
    recording_target target;
    plain_gateway gateway(target);
    EXPECT_EQ(gateway.admin("POST", "/drain", {{"Origin", "http://evil.example"}}).status, 403);
    EXPECT_EQ(gateway.admin("GET", "/ready").status, 200);
}

TEST(admin, sends_100_continue_before_it_reads_a_body) {
    recording_target target;
    plain_gateway gateway(target);
    raw_client client(gateway.admin_port());
    client.send(
        "POST /drain HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read_exactly(25, 2s), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("{}");
    EXPECT_EQ(client.read().status, 202);
}

TEST(admin, port_0_takes_a_free_one_for_all_reactors_and_says_which) {
    recording_target target;
    gateway_options options;
    options.wait_ready = false;
    plain_gateway gateway(target, "listen: [{bind: \"127.0.0.1:0\"}]\nlog: {level: info}", "", "",
                          options);
    const auto chosen = [&]() -> std::uint16_t {
        const std::string text = "listening on 127.0.0.1:",
                          log = gateway.program().standard_error();
        const auto at = log.find(text);
        return at == log.npos
                   ? 0
                   : static_cast<std::uint16_t>(std::atoi(log.c_str() + at + text.size()));
    };
    ASSERT_TRUE(eventually([&] { return chosen() != 0; }));
    ASSERT_TRUE(eventually([&] { return gateway.admin("GET", "/ready").status == 200; }));
    for (int i = 0; i < 20; ++i) EXPECT_EQ(raw_client(chosen()).get("/").status, 200);
}

} // namespace
} // namespace thalamus::test::admin_test
