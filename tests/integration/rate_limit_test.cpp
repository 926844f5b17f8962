// Rate limits of one node, in memory: what clients see.

#include "tests/support/plain_gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace thalamus::test::rate_limit_test {
namespace {

using testing::ElementsAre;
using testing::MatchesRegex;

constexpr std::string_view limits = R"(
trusted_proxies: [127.0.0.1]
rate_limits:
  five: {key: client_ip, rate: 5/h}
  two: {key: "header:X-Key", rate: 2/h, on_missing_key: reject}
  each: {key: client_ip, rate: 2/h}
  skipped: {key: "header:X-Key", rate: 1/h, on_missing_key: skip}
  by_client: {key: "header:X-Key", rate: 1/h}
  dry: {key: route, rate: 1/h, dry_run: true}
  window: {key: route, rate: 3/h, algorithm: fixed_window}
  busy: {key: route, rate: 200/h, burst: 200}
routes:
  - {id: five, match: {path: /five}, rate_limit: [five], respond: {text: ok}}
  - {id: both, match: {path: /both}, rate_limit: [five, two], respond: {text: ok}}
  - {id: two, match: {path: /two}, rate_limit: [two], respond: {text: ok}}
  - {id: each, match: {path: /each}, rate_limit: [each], respond: {text: ok}}
  - {id: skipped, match: {path: /skipped}, rate_limit: [skipped], respond: {text: ok}}
  - {id: skipped_too, match: {path: /skipped-too}, rate_limit: [skipped, five], respond: {text: ok}}
  - {id: by_client, match: {path: /by-client}, rate_limit: [by_client], respond: {text: ok}}
  - {id: dry, match: {path: /dry}, rate_limit: [dry], respond: {text: ok}}
  - {id: window, match: {path: /window}, rate_limit: [window], respond: {text: ok}}
  - {id: busy, match: {path: /busy}, rate_limit: [busy], respond: {text: ok}}
  - {id: cors, match: {path: /cors, methods: [GET]}, rate_limit: [five], cors: {origins: ["https://a.example"]}, respond: {text: ok}}
  - {id: quiet, match: {path: /quiet}, rate_limit: [five], response_headers: {remove: [RateLimit, RateLimit-Policy]}, respond: {text: ok}}
)";

class rate_limit : public testing::Test {
protected:
    gateway node{limits};

    std::vector<int> ask(std::string_view path, int times, const std::vector<field>& fields = {}) {
        std::vector<int> answers;
        raw_client client(node.port());
        for (int i = 0; i < times; ++i) answers.push_back(client.get(path, fields).status);
        return answers;
    }
    double decisions(const std::string& limit, const std::string& decision) {
        return node.metric("thalamus_rate_limit_decisions_total{limit=\"" + limit +
                           "\",decision=\"" + decision + "\"}");
    }
};

TEST_F(rate_limit, admits_exactly_the_limit_and_says_what_is_left) {
    for (int left = 4; left >= 0; --left) {
        const auto granted = node.get("/five");
        EXPECT_EQ(granted.status, 200);
        EXPECT_EQ(granted.joined("RateLimit-Policy"), "\"five\";q=5;w=3600");
        EXPECT_THAT(granted.joined("RateLimit"),
                    MatchesRegex("\"five\";r=" + std::to_string(left) + ";t=[0-9]+"));
    }
    const auto refused = node.get("/five");
    EXPECT_EQ(refused.status, 429);
    EXPECT_THAT(refused.joined("RateLimit"), MatchesRegex("\"five\";r=0;t=3[56][0-9][0-9]"));
    EXPECT_THAT(refused.joined("Retry-After"), MatchesRegex("7[12][0-9]")) << "a permit in 720 s";
    EXPECT_EQ(refused.joined("Content-Type"), "application/problem+json");
    EXPECT_EQ(refused.joined("Cache-Control"), "no-store");
    const auto problem = nlohmann::json::parse(refused.body);
    EXPECT_EQ(problem["status"], 429);
    EXPECT_EQ(problem["title"], "Too Many Requests");
    EXPECT_EQ(problem["detail"], "rate limit five exceeded");
    EXPECT_EQ(node.wait_for_log([](auto& line) { return line["status"] == 429; })["reason"],
              "rate limit five exceeded");
    EXPECT_EQ(decisions("five", "granted"), 5);
    EXPECT_EQ(decisions("five", "refused"), 1);
}

TEST_F(rate_limit, holds_over_reactors_and_concurrent_clients) {
    std::atomic<int> granted = 0, refused = 0;
    std::vector<std::thread> clients;
    for (int c = 0; c < 16; ++c)
        clients.emplace_back([&] {
            for (const int status : ask("/busy", 50)) ++(status == 200 ? granted : refused);
        });
    for (auto& c : clients) c.join();
    EXPECT_LE(granted, 201) << "one more may come in 18 s";
    EXPECT_GE(granted, 196) << "98 % of the burst";
    EXPECT_EQ(granted + refused, 800);
}

TEST_F(rate_limit, small_limits_are_exact_over_reactors) {
    std::atomic<int> granted = 0;
    std::vector<std::thread> clients;
    for (int c = 0; c < 16; ++c)
        clients.emplace_back([&] {
            for (const int status : ask("/window", 5)) granted += status == 200;
        });
    for (auto& c : clients) c.join();
    EXPECT_THAT(granted.load(), testing::AnyOf(3, 6)) << "6 if an hour began meanwhile";
}

TEST_F(rate_limit, all_rules_must_grant_and_a_refused_request_costs_nothing) {
    EXPECT_THAT(ask("/both", 4, {{"X-Key", "a"}}), ElementsAre(200, 200, 429, 429));
    EXPECT_THAT(node.get("/both", {{"X-Key", "a"}}).joined("RateLimit"),
                MatchesRegex("(\"five\";r=3;t=[0-9]+, )?\"two\";r=0;t=[0-9]+"))
        << "what is known without asking";
    EXPECT_THAT(ask("/five", 4), ElementsAre(200, 200, 200, 429));
}

TEST_F(rate_limit, keys_are_apart) {
    EXPECT_THAT(ask("/two", 3, {{"X-Key", "a"}}), ElementsAre(200, 200, 429));
    EXPECT_THAT(ask("/two", 3, {{"X-Key", "b"}}), ElementsAre(200, 200, 429));
}

TEST_F(rate_limit, says_400_for_a_missing_key_if_told_so) {
    const auto answer = node.get("/two");
    EXPECT_EQ(answer.status, 400);
    EXPECT_NE(answer.body.find("rate limit two"), std::string::npos);
}

TEST_F(rate_limit, a_missing_key_is_the_client_s_address_or_skipped) {
    EXPECT_THAT(ask("/by-client", 2), ElementsAre(200, 429));
    EXPECT_THAT(ask("/by-client", 1, {{"X-Forwarded-For", "192.0.2.9"}}), ElementsAre(200));
    EXPECT_THAT(ask("/skipped", 3), ElementsAre(200, 200, 200));
    EXPECT_THAT(ask("/skipped", 2, {{"X-Key", "a"}}), ElementsAre(200, 429));
    EXPECT_EQ(node.get("/skipped").joined("RateLimit-Policy"), "");
    EXPECT_EQ(node.get("/skipped-too").joined("RateLimit-Policy"), "\"five\";q=5;w=3600");
    EXPECT_EQ(node.get("/skipped-too", {{"X-Key", "b"}}).joined("RateLimit-Policy"),
              "\"skipped\";q=1;w=3600, \"five\";q=5;w=3600");
}

TEST_F(rate_limit, counts_ipv6_clients_by_their_network) {
    EXPECT_THAT(ask("/each", 1, {{"X-Forwarded-For", "2001:db8::1"}}), ElementsAre(200));
    EXPECT_THAT(ask("/each", 1, {{"X-Forwarded-For", "2001:db8::ffff:2"}}), ElementsAre(200));
    EXPECT_THAT(ask("/each", 1, {{"X-Forwarded-For", "2001:db8:0:0:1::3"}}), ElementsAre(429));
    EXPECT_THAT(ask("/each", 1, {{"X-Forwarded-For", "2001:db8:0:1::3"}}), ElementsAre(200));
}

TEST_F(rate_limit, a_dry_run_refuses_nothing_and_is_counted) {
    EXPECT_THAT(ask("/dry", 4), ElementsAre(200, 200, 200, 200));
    EXPECT_EQ(node.get("/dry").joined("RateLimit"), "");
    EXPECT_EQ(decisions("dry", "granted"), 1);
    EXPECT_EQ(decisions("dry", "would_refuse"), 4);
}

TEST_F(rate_limit, a_preflight_is_not_counted) {
    for (int i = 0; i < 8; ++i) {
        const auto answer =
            node.ask("OPTIONS", "/cors",
                     {{"Origin", "https://a.example"}, {"Access-Control-Request-Method", "GET"}});
        EXPECT_EQ(answer.status, 204);
    }
    EXPECT_THAT(ask("/five", 6), ElementsAre(200, 200, 200, 200, 200, 429));
    const auto refused = node.get("/cors", {{"Origin", "https://a.example"}});
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.joined("Access-Control-Allow-Origin"), "https://a.example");
}

TEST_F(rate_limit, fields_can_be_removed) {
    const auto answer = node.get("/quiet");
    EXPECT_EQ(answer.joined("RateLimit"), "");
    EXPECT_EQ(answer.joined("RateLimit-Policy"), "");
}

TEST(rate_limited_target, gets_what_is_granted_and_its_own_figures_give_way) {
    recording_target target([](target_exchange& x) {
        x.read_body();
        x.answer(200, "ok",
                 {{"RateLimit", "\"mine\";r=1;t=1"}, {"RateLimit-Policy", "\"mine\";q=1"}});
    });
    const plain_gateway node(target, "rate_limits: {one: {key: route, rate: 1/h}}", "",
                             ", rate_limit: one");
    const auto answer = node.ask("POST", "/a", {}, "body");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.all("RateLimit").size(), 1u);
    EXPECT_EQ(answer.joined("RateLimit-Policy"), "\"one\";q=1;w=3600");
    EXPECT_EQ(node.ask("POST", "/a", {}, "body").status, 429);
    EXPECT_EQ(target.request_count(), 1u);
}

} // namespace
} // namespace thalamus::test::rate_limit_test
