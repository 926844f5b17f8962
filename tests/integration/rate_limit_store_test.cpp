// Rate limits whose budgets lie in Redis: several nodes, and a store that is slow, gone or wrong.

#include "tests/support/gateway.hpp"
#include "tests/support/redis_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace thalamus::test::rate_limit_store_test {
namespace {

using testing::Each;
using testing::ElementsAre;

constexpr std::string_view config = R"(
store: {redis: "redis://@redis@", timeout: @timeout@}
rate_limits:
  five: {key: route, rate: 5/h}
  window: {key: route, rate: 5/h, algorithm: fixed_window}
  busy: {key: route, rate: 300/h}
  fast: {key: route, rate: 100/s}
  once: {key: route, rate: 300/30d}
  each: {key: "header:X-Key", rate: 100/h}
  open: {key: route, rate: 5/h, on_store_failure: open}
  closed: {key: route, rate: 5/h, on_store_failure: closed}
routes:
  - {id: free, match: {path: /free}, respond: {text: ok}}
  - {id: five, match: {path: /five}, rate_limit: [five], respond: {text: ok}}
  - {id: window, match: {path: /window}, rate_limit: [window], respond: {text: ok}}
  - {id: busy, match: {path: /busy}, rate_limit: [busy], respond: {text: ok}}
  - {id: fast, match: {path: /fast}, rate_limit: [fast], respond: {text: ok}}
  - {id: once, match: {path: /once}, rate_limit: [once], respond: {text: ok}}
  - {id: each, match: {path: /each}, rate_limit: [each], respond: {text: ok}}
  - {id: open, match: {path: /open}, rate_limit: [open], respond: {text: ok}}
  - {id: closed, match: {path: /closed}, rate_limit: [closed], respond: {text: ok}}
)";

class rate_limit_store : public testing::Test {
protected:
    redis_server redis;

    std::unique_ptr<gateway> start(const std::string& timeout = "500ms") {
        auto made = std::make_unique<gateway>(
            config, gateway::values{{"redis", redis.address()}, {"timeout", timeout}});
        EXPECT_TRUE(
            eventually([&] { return made->metric("thalamus_store_connected_total") >= 2; }));
        return made;
    }
    static std::vector<int> ask(const gateway& node, std::string_view path, int times,
                                const std::vector<field>& fields = {}) {
        std::vector<int> answers;
        raw_client client(node.port());
        for (int i = 0; i < times; ++i) answers.push_back(client.get(path, fields).status);
        return answers;
    }
    static bool answers(const gateway& node, std::string_view path, int status) {
        return eventually([&] { return node.get(path).status == status; }, 5s, 20ms);
    }
};

TEST_F(rate_limit_store, nodes_share_a_budget_and_it_outlives_them) {
    const auto a = start(), b = start();
    EXPECT_THAT(ask(*a, "/five", 3), Each(200));
    EXPECT_EQ(b->get("/five").joined("RateLimit").substr(0, 10), "\"five\";r=1");
    EXPECT_THAT(ask(*b, "/five", 2), ElementsAre(200, 429));
    EXPECT_THAT(ask(*a, "/five", 1), ElementsAre(429));
    const auto c = start();
    EXPECT_THAT(ask(*c, "/five", 1), ElementsAre(429));
}

TEST_F(rate_limit_store, parallel_clients_of_three_nodes_get_the_limit_and_no_more) {
    std::vector<std::unique_ptr<gateway>> nodes;
    for (int i = 0; i < 3; ++i) nodes.push_back(start());
    std::atomic<int> once = 0, five = 0;
    std::vector<std::thread> clients;
    for (int c = 0; c < 12; ++c)
        clients.emplace_back([&, c] {
            for (const int s : ask(*nodes[c % 3], "/once", 60)) once += s == 200;
            for (const int s : ask(*nodes[c % 3], "/five", 5)) five += s == 200;
        });
    for (auto& c : clients) c.join();
    // None comes back for hours, so that what is obtained is the limit itself. What a node still
    // holds for clients that are gone it gives back, and every one of them is for the next who
    // asks.
    EXPECT_TRUE(eventually(
        [&] {
            for (const auto& node : nodes) once += node->get("/once").status == 200;
            return once >= 300;
        },
        60s))
        << once;
    for (const auto& node : nodes)
        for (const int s : ask(*node, "/once", 20)) once += s == 200;
    EXPECT_EQ(once, 300);
    EXPECT_EQ(five, 5);
}

TEST_F(rate_limit_store, every_key_has_a_lifetime) {
    const auto node = start();
    for (int i = 0; i < 50; ++i) node->get("/each", {{"X-Key", std::to_string(i)}});
    for (const auto* path : {"/five", "/window", "/busy", "/fast"}) node->get(path);
    const auto keys = redis.ask({"KEYS", "thalamus:limit:*"});
    EXPECT_EQ(keys.elements.size(), 54u);
    for (const auto& key : keys.elements) {
        const auto left = std::stoll(redis.ask({"PTTL", key.text}).text);
        EXPECT_GT(left, 0) << key.text;
        EXPECT_LE(left, 3'602'000) << key.text;
    }
}

TEST_F(rate_limit_store, a_poisoned_value_is_a_miss) {
    const auto node = start();
    EXPECT_EQ(node->get("/five").status, 200);
    const auto key = redis.ask({"KEYS", "*limit*five*"}).elements.at(0).text;
    redis.ask({"SET", key, std::string("b 9 \0 \r\n*3\r\n", 12)});
    EXPECT_EQ(node->get("/five").status, 200);
    redis.ask({"DEL", key});
    redis.ask({"LPUSH", key, "x"});
    EXPECT_EQ(node->get("/five").status, 200);
}

TEST_F(rate_limit_store, scripts_are_loaded_again_by_themselves) {
    const auto node = start();
    EXPECT_EQ(node->get("/five").status, 200);
    redis.ask({"SCRIPT", "FLUSH"});
    EXPECT_EQ(node->get("/five").status, 200);
}

TEST_F(rate_limit_store, without_it_open_admits_closed_refuses_and_what_has_no_limit_goes_on) {
    const auto node = start();
    EXPECT_THAT(ask(*node, "/open", 2), Each(200));
    EXPECT_THAT(ask(*node, "/closed", 1), ElementsAre(200));
    redis.kill();
    EXPECT_TRUE(answers(*node, "/closed", 503));
    const auto refused = node->get("/closed");
    EXPECT_EQ(refused.joined("Retry-After"), "1");
    EXPECT_NE(refused.body.find("rate limit closed cannot be checked"), std::string::npos);
    EXPECT_TRUE(answers(*node, "/open", 200));
    EXPECT_THAT(ask(*node, "/open", 20), Each(200));
    EXPECT_THAT(ask(*node, "/free", 20), Each(200));
    EXPECT_EQ(nlohmann::json::parse(node->admin("GET", "/ready").body)["ready"], true);
    redis.start();
    EXPECT_TRUE(answers(*node, "/closed", 200)) << "again, without a restart";
}

TEST_F(rate_limit_store, without_it_a_single_node_keeps_the_rate_and_forgets_no_grant) {
    const auto node = start();
    EXPECT_THAT(ask(*node, "/five", 6), ElementsAre(200, 200, 200, 200, 200, 429));
    redis.ask({"CONFIG", "SET", "appendonly", "yes"});
    redis.kill();
    EXPECT_TRUE(eventually([&] { return node->metric("thalamus_store_lost_total") >= 1; }));
    EXPECT_THAT(ask(*node, "/five", 10), Each(429)) << "no new burst";
    // 100/s go on, from nothing.
    int granted = 0;
    const stopwatch watch;
    while (watch.elapsed() < 1s) {
        granted += node->get("/fast").status == 200;
        std::this_thread::sleep_for(2ms);
    }
    EXPECT_GT(granted, 50);
    EXPECT_LE(granted, static_cast<int>(watch.elapsed().count() / 10) + 2);
}

TEST_F(rate_limit_store, a_frozen_one_costs_a_few_requests_its_timeout_and_the_others_nothing) {
    const auto node = start("100ms");
    EXPECT_EQ(node->get("/fast").status, 200);
    redis.freeze();
    std::vector<milliseconds> slow;
    int asked = 0;
    for (const stopwatch whole; whole.elapsed() < 3s; ++asked) {
        const stopwatch one;
        node->get("/each", {{"X-Key", std::to_string(asked)}});
        if (one.elapsed() > 50ms) slow.push_back(one.elapsed());
        std::this_thread::sleep_for(1ms);
    }
    redis.thaw();
    EXPECT_LE(slow.size(), 12u) << "of " << asked;
    EXPECT_GT(asked, 500);
    EXPECT_THAT(slow, Each(testing::Lt(400ms)));
    EXPECT_TRUE(eventually(
        [&] {
            return node->get("/each", {{"X-Key", "new"}}).status == 200;
        },
        5s, 20ms));
}

TEST(rate_limit_without_store, starts_serves_and_finds_it_later) {
    auto port = std::make_unique<reserved_port>();
    const auto address = "127.0.0.1:" + std::to_string(port->number());
    gateway node(config, {{"redis", address}, {"timeout", "50ms"}}); // ready after a second
    EXPECT_EQ(node.get("/free").status, 200);
    EXPECT_EQ(node.get("/closed").status, 503);
    EXPECT_EQ(node.get("/open").status, 200);
}

} // namespace
} // namespace thalamus::test::rate_limit_store_test
