// Health: active checks and ejection for failing in a row.

#include "tests/support/plain_gateway.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace thalamus::test::upstream_health_test {
namespace {

/// Answers its checks with `health`, everything else with its name.
class checked_target : public recording_target {
public:
    std::atomic<int> health = 200;
    std::atomic<int> checks = 0, served = 0;
    std::atomic<bool> broken = false;

    explicit checked_target(const std::string& name) : recording_target(name) {
        handle([this, name](target_exchange& x) {
            x.read_body();
            if (x.head.target == "/healthz") {
                ++checks;
                return x.answer(health, "", {{"Location", "http://127.0.0.1:1/"}});
            }
            ++served;
            if (broken) return x.reset();
            x.answer(200, name);
        });
    }
};

class upstream_health : public testing::Test {
protected:
    checked_target a{"a"}, b{"b"};
    const gateway::values known{{"a", a.address()}, {"b", b.address()}};

    static std::string config(const std::string& service) {
        return "services: {app: {targets: [\"http://@a@\", \"http://@b@\"], balance: "
               "round_robin, " +
               service + "}}\nroutes: [{id: all, match: {path: \"/{rest...}\"}, service: app}]\n";
    }
    static constexpr auto checks_fast = "health: {path: /healthz, interval: 100ms, timeout: 90ms, "
                                        "healthy_after: 2, unhealthy_after: 2}";

    static bool is(const gateway& gateway, const recording_target& target, const char* what,
                   bool expected) {
        auto services = nlohmann::json::parse(gateway.admin("GET", "/services").body);
        for (auto& one : services["services"][0]["targets"])
            if (one["address"] == target.address()) return one[what] == expected;
        return false;
    }
    static bool healthy(const gateway& gateway, const recording_target& target, bool expected) {
        return eventually([&] { return is(gateway, target, "healthy", expected); });
    }
};

TEST_F(upstream_health, an_unhealthy_target_gets_no_traffic_until_it_is_well_again) {
    gateway gateway(config(checks_fast), known);
    ASSERT_TRUE(healthy(gateway, a, true) && healthy(gateway, b, true));
    a.health = 500;
    ASSERT_TRUE(healthy(gateway, a, false));
    a.served = 0;
    for (int i = 0; i < 20; ++i) EXPECT_EQ(gateway.get("/").body, "b");
    EXPECT_EQ(a.served, 0);
    EXPECT_EQ(
        gateway.metric("thalamus_target_healthy{service=\"app\",target=\"" + a.address() + "\"}"),
        0);
    a.health = 204;
    ASSERT_TRUE(healthy(gateway, a, true));
    for (int i = 0; i < 20; ++i) EXPECT_EQ(gateway.get("/").status, 200);
    EXPECT_GT(a.served, 0);
}

TEST_F(upstream_health, with_none_left_the_answer_is_503_at_once) {
    gateway gateway(config(checks_fast), known);
    a.health = b.health = 500;
    ASSERT_TRUE(healthy(gateway, a, false) && healthy(gateway, b, false));
    stopwatch waited;
    auto answer = gateway.get("/");
    EXPECT_EQ(answer.status, 503);
    EXPECT_LT(waited.elapsed(), 200ms);
    ASSERT_TRUE(answer.has("Retry-After"));
    EXPECT_GE(std::stoi(answer.joined("Retry-After")), 1);
    EXPECT_EQ(a.served + b.served, 0);
    EXPECT_EQ(gateway.admin("GET", "/ready").status, 200) << "the gateway itself is well";
}

TEST_F(upstream_health, checks_carry_the_target_s_authority_and_follow_no_redirect) {
    gateway gateway(config(checks_fast), known);
    a.health = 302;
    ASSERT_TRUE(eventually([&] { return a.checks >= 6; }));
    EXPECT_TRUE(is(gateway, a, "healthy", true)) << "302 is within 200-399";
    auto check = a.last_request();
    EXPECT_EQ(check.target, "/healthz");
    EXPECT_EQ(check.method, "GET");
    EXPECT_EQ(check.joined("Host"), a.address());
    auto log = gateway.access_log();
    EXPECT_TRUE(log.empty()) << "checks are no requests of clients";
}

TEST_F(upstream_health, a_dead_target_is_found_out_and_its_return_too) {
    gateway gateway(config(checks_fast), known);
    a.stop();
    ASSERT_TRUE(healthy(gateway, a, false));
    for (int i = 0; i < 10; ++i) EXPECT_EQ(gateway.get("/").body, "b");
    a.start();
    ASSERT_TRUE(healthy(gateway, a, true));
}

TEST_F(upstream_health, a_check_that_takes_too_long_has_failed) {
    gate never;
    a.handle([&](target_exchange& x) {
        x.wait(never);
        x.answer(200);
    });
    gateway gateway(config(checks_fast), known);
    EXPECT_TRUE(healthy(gateway, a, false));
    never.open();
}

TEST_F(upstream_health, failures_in_a_row_eject_a_target_for_a_while) {
    gateway gateway(config("retry: {budget: 100%}, outlier: {consecutive_failures: 3, eject_for: "
                           "1s, max_ejected: 50%}"),
                    known);
    a.broken = true;
    raw_client client(gateway.port());
    for (int i = 0; i < 20; ++i) EXPECT_EQ(client.get("/").body, "b");
    ASSERT_TRUE(is(gateway, a, "ejected", true));
    auto before = a.served.load();
    EXPECT_LE(before, 6) << "three in a row, on either reactor";
    for (int i = 0; i < 20; ++i) EXPECT_EQ(client.get("/").body, "b");
    EXPECT_EQ(a.served, before);
    a.broken = false;
    EXPECT_TRUE(eventually([&] { return client.get("/").body == "a"; }, 5s, 20ms));
    EXPECT_GE(gateway.metric("thalamus_service_ejections_total{service=\"app\"}"), 1);
}

TEST_F(upstream_health, never_ejects_more_than_allowed) {
    gateway gateway(
        config("retry: off, outlier: {consecutive_failures: 2, eject_for: 30s, max_ejected: 50%}"),
        known);
    a.broken = b.broken = true;
    raw_client client(gateway.port());
    for (int i = 0; i < 20; ++i) EXPECT_EQ(client.get("/").status, 502);
    EXPECT_NE(is(gateway, a, "ejected", true), is(gateway, b, "ejected", true));
    a.broken = b.broken = false;
    EXPECT_EQ(client.get("/").status, 200);
}

TEST(upstream_ejection, a_routes_own_deadline_counts_too) {
    gate never;
    recording_target mute([&](target_exchange& x) { x.wait(never); });
    recording_target well("well");
    gateway gateway(
        "services: {app: {targets: [\"http://@mute@\", \"http://@well@\"], balance: "
        "round_robin, outlier: {consecutive_failures: 2, eject_for: 30s}}}\n"
        "routes: [{id: all, match: {path: \"/{rest...}\"}, service: app, timeout: 100ms}]\n",
        {{"mute", mute.address()}, {"well", well.address()}});
    raw_client client(gateway.port());
    int failed = 0;
    for (int i = 0; i < 10; ++i) failed += client.get("/").status == 504;
    EXPECT_EQ(failed, 2);
    EXPECT_EQ(gateway.metric("thalamus_service_ejections_total{service=\"app\"}"), 1);
    never.open();
}

TEST(upstream_ejection, answers_that_break_off_count_in_a_row) {
    recording_target broken([&](target_exchange& x) {
        x.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome");
        x.close();
    });
    recording_target well("well");
    gateway gateway("services: {app: {targets: [\"http://@broken@\", \"http://@well@\"], balance: "
                    "round_robin, outlier: {consecutive_failures: 2, eject_for: 30s}}}\n"
                    "routes: [{id: all, match: {path: \"/{rest...}\"}, service: app}]\n",
                    {{"broken", broken.address()}, {"well", well.address()}}, {});
    int whole = 0;
    for (int i = 0; i < 10; ++i) {
        try {
            whole += gateway.get("/").body == "well";
        } catch (const connection_lost&) {}
    }
    EXPECT_EQ(whole, 8);
    EXPECT_EQ(gateway.metric("thalamus_service_ejections_total{service=\"app\"}"), 1);
}

// No name server is asked for a name below "onion" (RFC 7686).
TEST(upstream_names, one_that_is_not_known_costs_its_own_service_only) {
    recording_target target;
    gateway gateway("services: {app: {targets: [\"http://@app@\"]}, lost: {targets: "
                    "[\"http://no-such-host.onion\"]}}\nroutes: [{id: app, match: {path: /app}, "
                    "service: app}, {id: lost, match: {path: /lost}, service: lost}]\n",
                    {{"app", target.address()}}); // which waits until it is ready
    EXPECT_EQ(gateway.get("/app").status, 200);
    const auto lost = gateway.get("/lost");
    EXPECT_EQ(lost.status, 503);
    EXPECT_TRUE(lost.has("Retry-After"));
    EXPECT_NE(lost.body.find("no address of the service is known"), lost.body.npos) << lost.body;
}

} // namespace
} // namespace thalamus::test::upstream_health_test
