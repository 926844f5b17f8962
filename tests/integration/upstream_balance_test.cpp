// Which target gets a request, and on which connection: balancing, weights, pools.

#include "tests/support/plain_gateway.hpp"

#include <gtest/gtest.h>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace thalamus::test::upstream_balance_test {
namespace {

/// Where limits are counted exactly: with more reactors each has its share, rounded up.
constexpr auto one_reactor = "node: {name: test, reactors: 1}";

/// Three targets a, b, c behind one service with the given further keys.
struct three_targets {
    recording_target a{"a"}, b{"b"}, c{"c"};
    test::gateway gateway;

    explicit three_targets(const std::string& service, const std::string& weights = "1 1 1")
        : gateway(
              "services: {app: {targets: [{url: \"http://@a@\", weight: " + weights.substr(0, 1) +
                  "}, {url: \"http://@b@\", weight: " + weights.substr(2, 1) +
                  "}, {url: \"http://@c@\", weight: " + weights.substr(4, 1) + "}], " + service +
                  "}}\nroutes: [{id: all, match: {path: \"/{rest...}\"}, service: app}]\n",
              {{"a", a.address()}, {"b", b.address()}, {"c", c.address()}}) {}

    std::map<std::string, int> count(int requests) {
        std::map<std::string, int> counts;
        raw_client client(gateway.port());
        for (int i = 0; i < requests; ++i) ++counts[client.get("/").body];
        return counts;
    }
};

TEST(upstream_balance, round_robin_takes_turns) {
    three_targets targets("balance: round_robin");
    auto counts = targets.count(300);
    for (auto* name : {"a", "b", "c"}) EXPECT_NEAR(counts[name], 100, 1) << name;
}

TEST(upstream_balance, round_robin_keeps_to_weights) {
    three_targets targets("balance: round_robin", "1 2 3");
    auto counts = targets.count(300);
    EXPECT_NEAR(counts["a"], 50, 2);
    EXPECT_NEAR(counts["b"], 100, 2);
    EXPECT_NEAR(counts["c"], 150, 2);
}

TEST(upstream_balance, least_requests_uses_all_by_weight_when_none_is_busy) {
    three_targets targets("balance: least_requests", "1 1 4");
    auto counts = targets.count(600);
    EXPECT_GT(counts["a"], 30);
    EXPECT_GT(counts["b"], 30);
    EXPECT_GT(counts["c"], counts["a"] + counts["b"]);
}

TEST(upstream_balance, a_weight_of_zero_gets_nothing) {
    three_targets targets("balance: round_robin", "1 0 1");
    EXPECT_EQ(targets.count(30)["b"], 0);
}

TEST(upstream_balance, least_requests_avoids_the_busy_target) {
    gate go;
    recording_target slow([&](target_exchange& x) {
        x.wait(go);
        x.answer(200, "slow");
    });
    recording_target fast("fast");
    gateway gateway(R"(
services: {app: {targets: ["http://@slow@", "http://@fast@"]}}
routes: [{id: all, match: {path: "/{rest...}"}, service: app}]
)",
                    {{"slow", slow.address()}, {"fast", fast.address()}});
    std::vector<std::unique_ptr<raw_client>> clients;
    for (std::size_t i = 0; i < 60; ++i) {
        clients.emplace_back(std::make_unique<raw_client>(gateway.port()))
            ->send(request_text("GET", "/"));
        ASSERT_TRUE(
            eventually([&] { return slow.connection_count() + fast.request_count() == i + 1; }));
    }
    EXPECT_LE(slow.connection_count(), 8u);
    go.open();
    for (auto& client : clients) EXPECT_EQ(client->read().status, 200);
}

TEST(upstream_balance, a_hash_keeps_a_key_at_its_target_on_every_reactor) {
    three_targets targets("balance: hash, hash_on: \"header:X-User\"");
    std::set<std::string> used;
    for (int user = 0; user < 30; ++user) {
        std::set<std::string> of_user;
        for (int i = 0; i < 6; ++i)
            of_user.insert(targets.gateway.get("/", {{"X-User", std::to_string(user)}}).body);
        EXPECT_EQ(of_user.size(), 1u) << user;
        used.merge(of_user);
    }
    EXPECT_EQ(used.size(), 3u);
}

TEST(upstream_balance, a_hash_may_take_a_cookie_or_the_path) {
    three_targets cookie("balance: hash, hash_on: \"cookie:sid\""),
        path("balance: hash, hash_on: path");
    std::set<std::string> by_cookie, by_path;
    for (int i = 0; i < 5; ++i) {
        by_cookie.insert(
            cookie.gateway.get("/", {{"Cookie", "a=b; sid=42; c=" + std::to_string(i)}}).body);
        by_path.insert(path.gateway.get("/same?" + std::to_string(i)).body);
    }
    EXPECT_EQ(by_cookie.size(), 1u);
    EXPECT_EQ(by_path.size(), 1u);
}

TEST(upstream_pool, keeps_few_connections_for_many_requests) {
    recording_target target;
    plain_gateway gateway(target);
    for (int i = 0; i < 10; ++i) {
        raw_client client(gateway.port());
        for (int j = 0; j < 20; ++j) ASSERT_EQ(client.get("/").status, 200);
    }
    EXPECT_LE(target.connection_count(), 2u) << "one per reactor";
}

TEST(upstream_pool, does_not_reuse_what_the_target_closes) {
    recording_target target([](target_exchange& x) {
        x.read_body();
        x.answer(200, "ok", {{"Connection", "close"}});
        x.close();
    });
    plain_gateway gateway(target);
    for (int i = 0; i < 20; ++i) ASSERT_EQ(gateway.ask("POST", "/", {}, "x").status, 200);
    EXPECT_EQ(target.connection_count(), 20u);
}

TEST(upstream_pool, closes_connections_that_are_idle) {
    recording_target target;
    plain_gateway gateway(target, "", ", connections: {idle: 200ms}");
    ASSERT_EQ(gateway.get("/").status, 200);
    EXPECT_EQ(target.open_connections(), 1u);
    EXPECT_TRUE(eventually([&] { return target.open_connections() == 0; }, 3s));
    EXPECT_EQ(gateway.get("/").status, 200);
}

TEST(upstream_pool, queues_what_is_over_the_limit_of_connections) {
    gate go;
    std::atomic<int> at_once = 0, most = 0;
    recording_target target([&](target_exchange& x) {
        x.read_body();
        most = std::max<int>(most, ++at_once);
        x.wait(go);
        --at_once;
        x.answer(200);
    });
    plain_gateway gateway(target, one_reactor, ", connections: {max: 3}");
    std::vector<std::unique_ptr<raw_client>> clients;
    for (int i = 0; i < 12; ++i)
        clients.emplace_back(std::make_unique<raw_client>(gateway.port()))
            ->send(request_text("GET", "/"));
    ASSERT_TRUE(target.wait_for_requests(3));
    EXPECT_TRUE(eventually(
        [&] { return gateway.metric("thalamus_service_requests_waiting{service=\"app\"}") == 9; }));
    EXPECT_EQ(target.open_connections(), 3u);
    go.open();
    for (auto& client : clients) EXPECT_EQ(client->read().status, 200);
    EXPECT_EQ(most, 3);
}

TEST(upstream_pool, a_place_in_the_queue_costs_time_of_the_request) {
    gate go;
    recording_target target([&](target_exchange& x) {
        x.wait(go);
        x.answer(200);
    });
    plain_gateway gateway(target, one_reactor, ", connections: {max: 1}", ", timeout: 300ms");
    raw_client first(gateway.port()), second(gateway.port());
    stopwatch waited;
    first.send(request_text("GET", "/"));
    second.send(request_text("GET", "/"));
    for (auto* client : {&first, &second}) {
        auto status = client->read().status;
        EXPECT_TRUE(status == 504 || status == 503) << status;
    }
    EXPECT_LT(waited.elapsed(), 2s);
    go.open();
}

TEST(upstream_pool, a_client_that_leaves_the_queue_is_forgotten) {
    gate go;
    recording_target target([&](target_exchange& x) {
        x.wait(go);
        x.answer(200);
    });
    plain_gateway gateway(target, one_reactor, ", connections: {max: 1}");
    raw_client first(gateway.port());
    first.send(request_text("GET", "/first"));
    ASSERT_TRUE(eventually([&] { return target.connection_count() == 1; }));
    {
        raw_client gone(gateway.port());
        gone.send(request_text("GET", "/gone"));
        ASSERT_TRUE(eventually([&] {
            return gateway.metric("thalamus_service_requests_waiting{service=\"app\"}") == 1;
        }));
    }
    EXPECT_TRUE(eventually(
        [&] { return gateway.metric("thalamus_service_requests_waiting{service=\"app\"}") == 0; }));
    go.open();
    EXPECT_EQ(first.read().status, 200);
    EXPECT_EQ(gateway.get("/next").status, 200);
    for (auto& seen : target.requests()) EXPECT_NE(seen.target, "/gone");
}

TEST(upstream_balance, a_request_that_waits_for_one_target_holds_up_none_for_another) {
    gate go, answer_b;
    recording_target a([&](target_exchange& x) {
        x.wait(go);
        x.answer(200, "a");
    });
    recording_target b([&](target_exchange& x) {
        if (x.head.target == "/first") x.wait(answer_b);
        x.answer(200, "b");
    });
    gateway gateway(std::string(one_reactor) + R"(
services: {app: {targets: ["http://@a@", "http://@b@"], balance: hash, hash_on: "header:x-key",
                 connections: {max: 1}, connect_timeout: 5s}}
routes: [{id: all, match: {path: "/{rest...}"}, service: app}]
)",
                    {{"a", a.address()}, {"b", b.address()}});
    // Which keys go where is not for a test to know: send to both until each has one.
    std::string key_a, key_b;
    std::vector<std::unique_ptr<raw_client>> busy;
    for (int i = 0; key_a.empty() || key_b.empty(); ++i) {
        ASSERT_LT(i, 200);
        const auto key = std::to_string(i);
        const auto seen_a = a.request_count(), seen_b = b.request_count();
        auto client = std::make_unique<raw_client>(gateway.port());
        client->send(request_text("GET", "/first", {{"X-Key", key}}));
        // Either a target gets it, or it waits behind the one that holds its target's connection.
        const bool arrived = eventually(
            [&] { return a.request_count() > seen_a || b.request_count() > seen_b; }, 300ms);
        if (!arrived) continue;
        (a.request_count() > seen_a ? key_a : key_b) = key;
        busy.push_back(std::move(client));
    }
    raw_client behind_a(gateway.port()), behind_b(gateway.port());
    behind_a.send(request_text("GET", "/", {{"X-Key", key_a}}));
    ASSERT_TRUE(eventually(
        [&] { return gateway.metric("thalamus_service_requests_waiting{service=\"app\"}") >= 1; }));
    behind_b.send(request_text("GET", "/", {{"X-Key", key_b}}));
    ASSERT_TRUE(eventually(
        [&] { return gateway.metric("thalamus_service_requests_waiting{service=\"app\"}") >= 2; }));
    answer_b.open();
    EXPECT_EQ(behind_b.read("GET", 2s).body, "b");
    go.open();
    EXPECT_EQ(behind_a.read("GET", 2s).body, "a");
}

} // namespace
} // namespace thalamus::test::upstream_balance_test
