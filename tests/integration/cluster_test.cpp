// Several nodes on this machine: what they know of each other, and what they share.

#include "tests/support/cluster_nodes.hpp"
#include "tests/support/redis_server.hpp"

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <numeric>

namespace thalamus::test::cluster_test {
namespace {

using nlohmann::json;
using testing::Each;

constexpr auto one_route = "routes: [{id: r, match: {path: /r}, respond: {text: ok}}]\n";

// -- members
// ---------------------------------------------------------------------------------------

TEST_F(cluster_nodes, any_node_answers_for_all) {
    start_all(one_route);
    for (std::size_t by = 0; by < 3; ++by) {
        EXPECT_EQ(json::parse(node(by).admin("GET", "/cluster").body)["node"],
                  "n" + std::to_string(by));
        for (auto& [name, m] : members(by)) {
            EXPECT_EQ(m["answered"], true) << name;
            EXPECT_EQ(m["version"], json::parse(node(0).admin("GET", "/version").body)["version"]);
            EXPECT_EQ(m["configuration"],
                      json::parse(node(0).admin("GET", "/version").body)["configuration"]);
            EXPECT_EQ(m["store"], "memory");
            EXPECT_GT(m["incarnation"], 0);
        }
    }
    EXPECT_EQ(node(0).metric("thalamus_cluster_members{state=\"alive\"}"), 3);
    EXPECT_EQ(node(0).metric("thalamus_cluster_members{state=\"dead\"}"), 0);
    EXPECT_EQ(node(0).metric("thalamus_store_available{answers=\"yes\"}"), 2);
    for (int i = 0; i < 50; ++i) node(1).get("/r");
    EXPECT_TRUE(eventually([&] { return members(2)["n1"]["requests_per_second"] > 0; }));
}

TEST_F(cluster_nodes, a_killed_one_is_marked_and_comes_back_under_its_name) {
    start_all(one_route);
    nodes_[1]->program().signal(SIGKILL);
    EXPECT_TRUE(everyone_sees({"alive", "dead", "alive"}, {0, 2}));
    const stopwatch watch;
    EXPECT_EQ(members(0)["n1"]["answered"], false);
    EXPECT_LT(watch.elapsed(), 1s);
    start(1, one_route);
    EXPECT_TRUE(everyone_sees({"alive", "alive", "alive"}));
}

TEST_F(cluster_nodes, a_frozen_one_is_suspected_then_dead_and_comes_back_by_itself) {
    start_all(one_route);
    nodes_[2]->program().signal(SIGSTOP);
    EXPECT_TRUE(everyone_sees({"alive", "alive", "suspect"}, {0, 1}));
    EXPECT_TRUE(everyone_sees({"alive", "alive", "dead"}, {0, 1}));
    nodes_[2]->program().signal(SIGCONT);
    EXPECT_TRUE(everyone_sees({"alive", "alive", "alive"}));
}

TEST_F(cluster_nodes, one_that_leaves_is_gone_at_once) {
    start_all(one_route);
    nodes_[0]->program().signal(SIGTERM);
    EXPECT_TRUE(eventually([&] { return members(1).size() == 2 && members(2).size() == 2; }, 10s));
}

TEST(cluster_port, is_not_opened_to_others_without_tls) {
    temporary_folder folder;
    const auto file = folder.write("gateway.yaml",
                                   std::string("cluster: {bind: \"0.0.0.0:7946\"}\n") + one_route);
    const auto done = run({thalamus_binary(), "check", "-c", file});
    EXPECT_EQ(done.exit, 1);
    EXPECT_NE(done.error.find("thalamus certs"), std::string::npos) << done.error;
}

// -- targets
// ---------------------------------------------------------------------------------------

class shared_health : public cluster_nodes {
protected:
    shared_health() {
        target.handle([this](target_exchange& x) {
            x.read_body();
            if (x.head.target == "/healthz") {
                ++probes;
                return x.answer(to_fail.fetch_sub(1) > 0 ? 500 : 200);
            }
            if (broken) return x.answer(503);
            x.answer(200);
        });
        values_["app"] = target.address();
    }
    bool healthy(std::size_t by) { return state(by)["healthy"]; }
    json state(std::size_t by) {
        return json::parse(node(by).admin("GET", "/services").body)["services"][0]["targets"][0];
    }
    static std::string config(const std::string& more = "") {
        return "services: {app: {targets: [\"http://@app@\"], health: {path: /healthz, interval: "
               "200ms, timeout: 150ms, healthy_after: 2, unhealthy_after: 2}" +
               more + "}}\nroutes: [{id: all, match: {path: \"/{rest...}\"}, service: app}]\n";
    }
    recording_target target;
    std::atomic<int> probes = 0, to_fail = 0;
    std::atomic<bool> broken = false;
};

TEST_F(shared_health, a_target_has_one_prober_whose_verdict_is_known_everywhere_in_a_second) {
    start_all(config());
    const int before = probes;
    std::this_thread::sleep_for(2s); // the time in which they are counted
    EXPECT_NEAR(probes - before, 10, 3) << "10 intervals, not 30";
    target.stop();
    ASSERT_TRUE(eventually([&] { return !healthy(0) || !healthy(1) || !healthy(2); }));
    const stopwatch watch;
    ASSERT_TRUE(eventually([&] { return !healthy(0) && !healthy(1) && !healthy(2); }));
    EXPECT_LT(watch.elapsed(), 1s);
    const json sick{{"service", "app"}, {"target", target.address()}, {"state", "unhealthy"}};
    EXPECT_TRUE(eventually([&] {
        for (std::size_t by = 0; by < 3; ++by)
            for (auto& [name, m] : members(by))
                if (m["health"] != json::array({sick})) return false;
        return true;
    })) << "any node tells how each sees it";
    target.start();
    ASSERT_TRUE(eventually([&] { return healthy(0) || healthy(1) || healthy(2); }));
    const stopwatch again;
    ASSERT_TRUE(eventually([&] { return healthy(0) && healthy(1) && healthy(2); }));
    EXPECT_LT(again.elapsed(), 1s);
}

TEST_F(shared_health, another_probes_when_the_prober_dies) {
    start_all(config());
    // Each in turn: whoever probes is among them.
    nodes_[0]->program().signal(SIGKILL);
    nodes_[1]->program().signal(SIGKILL);
    ASSERT_TRUE(everyone_sees({"dead", "dead", "alive"}, {2}));
    const int before = probes;
    EXPECT_TRUE(eventually([&] { return probes > before + 1; }, 1s));
    target.stop();
    EXPECT_TRUE(eventually([&] { return !healthy(2); }));
}

TEST_F(shared_health, a_node_that_reaches_a_target_keeps_it_whatever_the_prober_says) {
    start_all(config());
    // Whoever probed before the targets were divided is done.
    ASSERT_TRUE(eventually([&, before = probes.load()] { return probes >= before + 3; }));
    to_fail = 2; // the prober's next two; the others' own look finds it well
    std::atomic<bool> done = false;
    std::atomic<int> lost = 0;
    std::thread watcher([&] {
        while (!done) {
            lost = std::max<int>(lost, !healthy(0) + !healthy(1) + !healthy(2));
            std::this_thread::sleep_for(2ms);
        }
    });
    EXPECT_TRUE(eventually([&] { return lost == 1; }));
    EXPECT_TRUE(eventually([&] { return healthy(0) && healthy(1) && healthy(2); }));
    done = true;
    watcher.join();
    EXPECT_EQ(lost, 1) << "the prober alone";
}

TEST_F(shared_health, what_one_node_ejects_another_does_after_one_failure) {
    recording_target other;
    values_["other"] = other.address();
    start_all("services: {app: {targets: [\"http://@app@\", \"http://@other@\"], balance: "
              "round_robin, retry: off, "
              "outlier: {consecutive_failures: 3, eject_for: 20s}}}\n"
              "routes: [{id: all, match: {path: \"/{rest...}\"}, service: app}]\n");
    broken = true;
    const auto failures = [&](std::size_t by) {
        int failed = 0;
        raw_client client(node(by).port()); // one reactor
        for (int i = 0; i < 20; ++i) failed += client.get("/x").status == 503;
        return failed;
    };
    EXPECT_EQ(failures(0), 3);
    ASSERT_TRUE(eventually([&] { return !members(1)["n0"]["health"].empty(); })) << "told";
    EXPECT_LE(failures(1), 1);
    EXPECT_EQ(state(1)["ejected"], true);
    EXPECT_EQ(state(2)["ejected"], false) << "it has seen no failure itself";
}

// -- limits
// ----------------------------------------------------------------------------------------

constexpr auto limits = R"(
rate_limits:
  busy: {key: route, rate: 300/h}
  fast: {key: route, rate: 90/s}
  window: {key: route, rate: 30/s, algorithm: fixed_window}
routes:
  - {id: busy, match: {path: /busy}, rate_limit: [busy], respond: {text: ok}}
  - {id: fast, match: {path: /fast}, rate_limit: [fast], respond: {text: ok}}
  - {id: window, match: {path: /window}, rate_limit: [window], respond: {text: ok}}
)";

class shared_limits : public cluster_nodes {
protected:
    redis_server redis;
    std::string address() const { return "\"redis://" + redis.address() + "\""; }

    /// Answers of 200 by node, from clients that ask each as fast as they can.
    std::vector<int> ask_all(const std::string& path, milliseconds time) {
        std::vector<std::atomic<int>> granted(3);
        std::vector<std::thread> clients;
        for (std::size_t n = 0; n < 3; ++n)
            clients.emplace_back([&, n] {
                raw_client client(node(n).port());
                for (const stopwatch watch; watch.elapsed() < time;) {
                    granted[n] += client.get(path).status == 200;
                    std::this_thread::sleep_for(1ms);
                }
            });
        for (auto& c : clients) c.join();
        return {granted[0], granted[1], granted[2]};
    }
    static int sum(const std::vector<int>& of) { return std::accumulate(of.begin(), of.end(), 0); }
};

TEST_F(shared_limits, a_node_without_the_store_takes_permits_through_one_that_has_it) {
    reserved_port nobody;
    start(0, limits, address());
    start(1, limits, address());
    start(2, limits, "\"redis://127.0.0.1:" + std::to_string(nobody.number()) + "\"");
    ASSERT_TRUE(everyone_sees({"alive", "alive", "alive"}));
    EXPECT_EQ(members(0)["n2"]["store"], "down");
    EXPECT_EQ(members(2)["n0"]["store"], "ok");
    const auto granted = ask_all("/busy", 1500ms);
    EXPECT_LE(sum(granted), 301);
    EXPECT_GE(sum(granted), 294);
    EXPECT_GT(granted[2], 20) << "its part of them";
}

TEST_F(shared_limits, without_the_store_the_nodes_keep_the_rate_together) {
    start_all(limits, address());
    ask_all("/fast", 1500ms); // the burst is gone
    redis.kill();
    EXPECT_TRUE(eventually([&] {
        return members(0)["n0"]["store"] == "down" && members(0)["n1"]["store"] == "down" &&
               members(0)["n2"]["store"] == "down";
    }));
    const stopwatch watch;
    const auto granted = ask_all("/fast", 2s);
    const auto allowed = 90 * static_cast<double>(watch.elapsed().count()) / 1000;
    EXPECT_LE(sum(granted), allowed + 4);
    EXPECT_GE(sum(granted), 0.9 * allowed - 10);
    EXPECT_THAT(granted, Each(testing::Gt(30))) << "a share each";
    const auto in_windows = ask_all("/window", 3s);
    EXPECT_LE(sum(in_windows), 120) << "four windows at most";
    EXPECT_GE(sum(in_windows), 60);
    redis.start();
    EXPECT_TRUE(eventually([&] { return members(1)["n0"]["store"] == "ok"; }));
}

} // namespace
} // namespace thalamus::test::cluster_test
