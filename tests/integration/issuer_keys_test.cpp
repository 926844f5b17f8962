// Keys that an issuer publishes at a URL.

#include "tests/support/crowd.hpp"
#include "tests/support/identity_provider.hpp"
#include "tests/support/recording_target.hpp"
#include "tests/support/secrets.hpp"

#include "demo/signing_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace thalamus::test::issuer_keys_test {
namespace {

using demo::signing_key;
using nlohmann::json;
using testing::HasSubstr;

class issuer_keys : public testing::Test {
protected:
    void start(const std::string& settings = "", const std::string& issuer = "",
               const std::string& url = "", const gateway_options& options = {}) {
        const std::string config = R"(
auth: {idp: {jwt: {issuer: "@issuer@", audience: [api], algorithms: [RS256, ES256, EdDSA], jwks: {url: "@url@")" +
                                   settings + R"(}}}}
services: {app: {targets: ["http://@app@"]}}
routes:
  - {id: open, match: {path: /open}, service: app}
  - {id: closed, match: {path: /closed}, auth: idp, service: app}
)";
        node.emplace(config,
                     gateway::values{{"app", app.address()},
                                     {"issuer", issuer.empty() ? idp->issuer() : issuer},
                                     {"url", url.empty() ? idp->issuer() + "/jwks.json" : url}},
                     options);
    }
    int status(const std::string& token) {
        return node->get("/closed", {{"Authorization", "Bearer " + token}}).status;
    }
    std::string token(const json& more = json::object()) {
        json wanted{{"sub", "alice"}, {"aud", "api"}};
        wanted.update(more);
        return idp->token(wanted);
    }
    int fetches() { return idp->statistics()["jwks"].get<int>(); }
    double decisions(const std::string& decision) {
        return node->metric("thalamus_auth_decisions_total{method=\"idp\",decision=\"" + decision +
                            "\"}");
    }

    recording_target app;
    std::optional<identity_provider> idp{std::in_place};
    std::optional<gateway> node;
};

TEST_F(issuer_keys, are_fetched_once_for_all_tokens) {
    start();
    for (const auto* alg : {"RS256", "ES256", "EdDSA"})
        for (int i = 0; i < 5; ++i) EXPECT_EQ(status(token({{"alg", alg}})), 200) << alg;
    EXPECT_EQ(fetches(), 1);
    EXPECT_EQ(node->metric("thalamus_jwks_fetches_total"), 1);
    EXPECT_EQ(node->metric("thalamus_jwks_failures_total"), 0);
    EXPECT_GT(node->metric("thalamus_jwks_age_seconds{url=\"" + idp->issuer() + "/jwks.json\"}"),
              0);
    const auto same = token();
    EXPECT_EQ(status(same), 200);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(status(same), 200);
    EXPECT_GE(node->metric("thalamus_token_cache_hits_total"), 18) << "of two reactors";
}

TEST_F(issuer_keys, that_are_new_are_found_when_a_token_needs_them_and_old_ones_go) {
    start();
    const auto old = token();
    EXPECT_EQ(status(old), 200);
    for (int round = 1; round <= 3; ++round) {
        idp->rotate(false);
        EXPECT_EQ(status(token()), 200) << "at once, though the keys are fresh";
        EXPECT_EQ(fetches(), 1 + round);
    }
    EXPECT_EQ(status(old), 200) << "its key is still published";
    idp->rotate(true);
    EXPECT_EQ(status(token()), 200);
    EXPECT_EQ(status(old), 401) << "its key is not, and that it was verified before is forgotten";
}

TEST_F(issuer_keys, are_not_fetched_for_every_unknown_key) {
    start(", cooldown: 1h");
    EXPECT_EQ(status(token()), 200);
    const json claims{{"iss", idp->issuer()},
                      {"aud", "api"},
                      {"sub", "alice"},
                      {"exp", std::time(nullptr) + 600}};
    for (int i = 0; i < 100; ++i) {
        const signing_key other("ES256", "random-" + std::to_string(i));
        ASSERT_EQ(status(other.token(claims)), 401);
    }
    EXPECT_EQ(fetches(), 2) << "one early, in vain";
    EXPECT_EQ(status(token()), 200);
    const signing_key other("ES256", "x");
    auto expired = claims;
    expired["exp"] = 1;
    start(", cooldown: 1h");
    EXPECT_EQ(status(token()), 200);
    const auto before = fetches();
    EXPECT_EQ(status(other.token(expired)), 401);
    EXPECT_EQ(fetches(), before) << "such a token would not count anyway";
}

TEST_F(issuer_keys, that_are_not_to_be_had_make_503_and_never_401) {
    const auto good = token();
    idp->down(true);
    start();
    const auto answer = node->get("/closed", {{"Authorization", "Bearer " + good}});
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(status("a.b.c"), 401) << "no key could make that a token";
    EXPECT_FALSE(answer.joined("Retry-After").empty());
    EXPECT_EQ(node->get("/open").status, 200);
    EXPECT_EQ(node->get("/closed").status, 401) << "nobody needs keys for that";
    EXPECT_EQ(app.request_count(), 1u);
    EXPECT_EQ(decisions("unavailable"), 1);
    EXPECT_GT(node->metric("thalamus_jwks_failures_total"), 0);
    idp->down(false);
    EXPECT_TRUE(eventually([&] { return status(good) == 200; }, 10s, 50ms));
}

TEST_F(issuer_keys, that_rotate_while_they_cannot_be_fetched_make_503_and_never_401) {
    start(", cooldown: 300ms");
    const auto old = token();
    ASSERT_EQ(status(old), 200);
    idp->rotate(false);
    const auto fresh = token();
    idp->down(true);
    EXPECT_EQ(status(fresh), 503);
    EXPECT_EQ(status(fresh), 503) << "also while it cools down";
    EXPECT_EQ(status(old), 200);
    idp->down(false);
    EXPECT_TRUE(eventually([&] { return status(fresh) == 200; }, 10s, 20ms));
}

TEST_F(issuer_keys, are_looked_for_again_when_it_has_cooled_down) {
    start(", cooldown: 200ms");
    ASSERT_EQ(status(token()), 200);
    const signing_key other("ES256", "unknown");
    const auto forged = other.token({{"iss", idp->issuer()},
                                     {"aud", "api"},
                                     {"sub", "alice"},
                                     {"exp", std::time(nullptr) + 600}});
    const stopwatch time;
    do ASSERT_EQ(status(forged), 401);
    while (fetches() < 4);
    EXPECT_GE(time.elapsed(), 400ms) << "three in vain";
}

TEST_F(issuer_keys, count_on_while_the_issuer_is_down_until_their_time_is_over) {
    idp.emplace(std::vector<std::string>{"--max-age", "1"});
    start(", keep: 2s");
    const auto good = token();
    ASSERT_EQ(status(good), 200);
    const stopwatch since;
    idp->down(true);
    ASSERT_TRUE(
        eventually([&] { return node->metric("thalamus_jwks_failures_total") >= 1; }, 10s, 20ms));
    EXPECT_EQ(status(good), 200);
    ASSERT_TRUE(eventually([&] { return status(good) == 503; }, 20s, 20ms));
    EXPECT_GE(since.elapsed(), 1500ms) << "not before max-age and keep, less what passed before";
    idp->down(false);
    EXPECT_TRUE(eventually([&] { return status(good) == 200; }, 20s, 50ms));
}

TEST_F(issuer_keys, are_fetched_anew_before_they_go_stale) {
    idp.emplace(std::vector<std::string>{"--max-age", "2"});
    start();
    ASSERT_EQ(status(token()), 200);
    EXPECT_TRUE(eventually([&] { return fetches() >= 3; }, 20s, 50ms)) << "without any request";
    EXPECT_EQ(node->metric("thalamus_jwks_failures_total"), 0);
}

TEST_F(issuer_keys, that_are_none_are_refused_and_the_last_good_ones_kept) {
    const signing_key good("ES256", "good");
    std::atomic<int> asked{0};
    recording_target published([&](target_exchange& ex) {
        // Good, then nothing of use, ever.
        const std::vector<std::string> bodies{
            json{{"keys", {good.jwk()}}}.dump(), "{", R"({"keys": []})",
            R"({"keys": [{"kty": "oct", "kid": "s", "alg": "HS256", "k": "c2VjcmV0"}]})",
            std::string(100'000, ' ')};
        const auto i = static_cast<std::size_t>(asked++);
        ex.answer(200, bodies[std::min(i, bodies.size() - 1)], {{"Cache-Control", "max-age=1"}});
    });
    start("", "https://idp.example", "http://" + published.address() + "/keys");
    const json claims{{"iss", "https://idp.example"},
                      {"aud", "api"},
                      {"sub", "alice"},
                      {"exp", std::time(nullptr) + 600}};
    ASSERT_EQ(status(good.token(claims)), 200);
    ASSERT_TRUE(eventually([&] { return asked >= 5; }, 30s, 50ms));
    EXPECT_EQ(status(good.token(claims)), 200);
    EXPECT_EQ(published.requests().front().target, "/keys");
    EXPECT_GE(node->metric("thalamus_jwks_failures_total"), 3);
}

TEST_F(issuer_keys, are_there_again_after_the_authenticator_has_ended_while_requests_waited) {
    gateway_options options;
    options.binary = thalamus_test_binary();
    if (options.binary.empty()) GTEST_SKIP() << "no program with test hooks";
    gate open;
    recording_target publisher([&](target_exchange& ex) {
        ex.read_body();
        ex.wait(open);
        ex.answer(200, idp->published_keys());
    });
    start(", timeout: 20s", "", "http://" + publisher.address() + "/jwks.json", options);
    const auto shown =
        request_text("GET", "/closed", {{"Authorization", "Bearer " + keep_secret(token())}});
    crowd clients(*node, 10, shown);
    end_actors(*node, "authenticator");
    clients.expect(503);
    open.open();
    clients.send();
    clients.expect(200);
    EXPECT_EQ(publisher.request_count(), 1u) << "the jwks_manager goes on, and tells the new ones";
}

} // namespace
} // namespace thalamus::test::issuer_keys_test
