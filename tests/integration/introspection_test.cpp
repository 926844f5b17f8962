// Tokens that only their issuer can read (RFC 7662).

#include "tests/support/crowd.hpp"
#include "tests/support/identity_provider.hpp"
#include "tests/support/secrets.hpp"

#include <ctime>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace thalamus::test::introspection_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class introspection : public testing::Test {
protected:
    /// Of the issuer; `settings` are more of it, each with a comma before.
    void start(const std::string& settings = "", const std::string& secret = "gateway-secret",
               const std::string& at = "", const gateway_options& options = {}) {
        const std::string config = R"(
log: {level: warn}
auth:
  opaque: {introspection: {url: "http://@idp@/introspect", client_id: gateway, client_secret: "@secret@")" +
                                   settings + R"(}}
  idp: {jwt: {issuer: "http://@idp@", audience: [api], algorithms: [ES256], jwks: "http://@idp@/jwks.json"}}
rate_limits: {each: {key: consumer, rate: 3/h}}
services: {app: {targets: ["http://@app@"], retry: off}}
routes:
  - {id: closed, match: {path: /closed}, auth: opaque, service: app}
  - {id: both, match: {path: /both}, auth: [idp, opaque], service: app}
  - {id: scope, match: {path: /scope}, auth: opaque, require: {scopes: [users.read]}, request_headers: {set: {X-Tenant: "{claim.tenant}"}}, service: app}
  - {id: limited, match: {path: /limited}, auth: opaque, rate_limit: each, service: app}
  - {id: open, match: {path: /open}, service: app}
)";
        node.emplace(config,
                     gateway::values{{"app", app.address()},
                                     {"secret", keep_secret(secret)},
                                     {"idp", at.empty() ? idp.address() : at}},
                     options);
    }
    std::string token(const json& more = json::object()) {
        json wanted{{"sub", "alice"}, {"aud", "api"}, {"opaque", true}};
        wanted.update(more);
        return keep_secret(idp.token(wanted));
    }
    response get(const std::string& path, const std::string& token) {
        return node->get(path, {{"Authorization", "Bearer " + token}});
    }
    int status(const std::string& token) { return get("/closed", token).status; }
    int questions() { return idp.statistics()["introspect"].get<int>(); }
    double failures() { return node->metric("thalamus_auth_lookup_failures_total"); }

    recording_target app;
    identity_provider idp;
    std::optional<gateway> node;
};

TEST_F(introspection, lets_tokens_pass_that_are_active_and_tells_the_target_whose_they_are) {
    start();
    EXPECT_EQ(status(token()), 200);
    const auto seen = app.last_request();
    EXPECT_EQ(seen.joined("X-Consumer-Id"), "alice");
    EXPECT_EQ(seen.joined("X-Auth-Method"), "introspection");
    const auto scoped =
        token({{"scope", "users.read users.write"}, {"claims", {{"tenant", "t1"}}}});
    EXPECT_EQ(get("/scope", scoped).status, 200);
    EXPECT_EQ(app.last_request().joined("X-Tenant"), "t1");
    const auto lacking = get("/scope", token());
    EXPECT_EQ(lacking.status, 403);
    EXPECT_THAT(lacking.joined("WWW-Authenticate"), HasSubstr("insufficient_scope"));
}

TEST_F(introspection, refuses_all_others) {
    start();
    for (const auto& credential :
         {std::string("nobody's"), token() + "x", std::string("a b"), std::string(9000, 'x')}) {
        const auto answer = get("/closed", credential);
        EXPECT_EQ(answer.status, 401) << credential;
        EXPECT_THAT(answer.joined("WWW-Authenticate"),
                    HasSubstr("Bearer realm=\"opaque\", error=\"invalid_token\""));
    }
    EXPECT_EQ(node->get("/closed").status, 401);
    EXPECT_EQ(status(std::string(20'000, 'x')), 401) << "that is none";
    EXPECT_EQ(app.request_count(), 0u);
    EXPECT_EQ(node->metric("thalamus_auth_decisions_total{method=\"opaque\",decision=\"refused\"}"),
              5);
    const auto refusals = [&](const std::string& reason) {
        return node->metric("thalamus_auth_refusals_total{method=\"opaque\",reason=\"" + reason +
                            "\"}");
    };
    EXPECT_EQ(refusals("token_inactive"), 4);
    EXPECT_EQ(refusals("token_malformed"), 1);
    EXPECT_EQ(refusals("no_credential"), 1);
}

TEST_F(introspection, asks_once_for_as_long_as_the_answer_counts) {
    start();
    const auto one = token();
    for (int i = 0; i < 30; ++i) ASSERT_EQ(status(one), 200);
    EXPECT_LE(questions(), 2) << "each of two reactors once";
    EXPECT_GE(node->metric("thalamus_token_cache_hits_total"), 28);
    EXPECT_EQ(node->metric("thalamus_auth_lookups_total"), questions());
}

TEST_F(introspection, keeps_no_answer_beyond_the_token_s_own_end) {
    start(", cache: 1h");
    const auto one = token({{"expires_in", 2}});
    EXPECT_EQ(status(one), 200);
    EXPECT_TRUE(eventually([&] { return status(one) == 401; }, 10s, 50ms));
    EXPECT_GE(questions(), 2) << "it was its issuer who said so";
}

TEST_F(introspection, learns_that_a_token_was_revoked_when_the_answer_has_grown_old) {
    start(", cache: 500ms");
    const auto one = token();
    EXPECT_EQ(status(one), 200);
    idp.revoke(one);
    EXPECT_TRUE(eventually([&] { return status(one) == 401; }, 10s, 20ms));
}

TEST_F(introspection, asks_for_each_request_where_nothing_is_to_be_kept) {
    start(", cache: 0s");
    const auto one = token();
    for (int i = 0; i < 10; ++i) ASSERT_EQ(status(one), 200);
    EXPECT_EQ(questions(), 10);
    idp.revoke(one);
    EXPECT_EQ(status(one), 401);
}

TEST_F(introspection, makes_503_and_never_401_while_the_issuer_cannot_be_asked) {
    start(", timeout: 200ms");
    const auto known = token(), other = token();
    EXPECT_EQ(status(known), 200);
    idp.down(true);
    const auto answer = get("/closed", other);
    EXPECT_EQ(answer.status, 503);
    EXPECT_FALSE(answer.joined("Retry-After").empty());
    EXPECT_GE(failures(), 1);
    EXPECT_EQ(node->get("/open").status, 200);
    EXPECT_EQ(node->get("/closed").status, 401) << "nobody need be asked for that";
    idp.stop();
    EXPECT_EQ(status(other), 503);
    EXPECT_EQ(app.request_count(), 2u);
    idp.start();
    EXPECT_EQ(status(token()), 200);
}

TEST_F(introspection, by_a_gateway_that_the_issuer_does_not_know_makes_503_and_says_why) {
    start("", "another-secret");
    EXPECT_EQ(status(token()), 503);
    EXPECT_EQ(failures(), 1);
    EXPECT_TRUE(eventually([&] {
        return node->program().standard_error().find(
                   "it does not accept client_id and client_secret") != std::string::npos;
    }));
}

TEST_F(introspection, of_an_issuer_that_does_not_answer_is_given_up_in_time) {
    gate never;
    recording_target hanging([&](target_exchange& ex) { ex.wait(never); });
    start(", timeout: 100ms", "s3cr3t-of-this-test", hanging.address());
    const stopwatch time;
    EXPECT_EQ(status(keep_secret("opaque-of-this-test")), 503);
    EXPECT_LT(time.elapsed(), 5s);
    hanging.stop();
}

/// An issuer that finds every token active once its gate is open.
recording_target::handler says_active(gate& open) {
    return [&open](target_exchange& ex) {
        ex.read_body();
        ex.wait(open);
        ex.answer(200, R"({"active": true, "sub": "alice"})",
                  {{"Content-Type", "application/json"}});
    };
}

TEST_F(introspection, is_one_question_for_all_who_show_the_token_at_a_time) {
    gate open;
    recording_target issuer(says_active(open));
    start("", "s3cr3t-of-this-test", issuer.address());
    const auto shown =
        request_text("GET", "/closed", {{"Authorization", "Bearer " + keep_secret("one-for-all")}});
    crowd clients(*node, 20, shown);
    clients.reset(5);
    open.open();
    clients.expect(200);
    EXPECT_LE(node->metric("thalamus_auth_lookups_total"), 2) << "of two reactors";
    const auto asked = issuer.last_request();
    EXPECT_EQ(asked.method, "POST");
    EXPECT_EQ(asked.joined("Content-Type"), "application/x-www-form-urlencoded");
    EXPECT_EQ(asked.body, "token=one-for-all&token_type_hint=access_token");
}

TEST_F(introspection, is_no_question_any_more_when_all_who_asked_are_gone) {
    gate open;
    std::atomic<int> abandoned = 0;
    recording_target issuer([&](target_exchange& ex) {
        ex.read_body();
        if (ex.client_left(10s)) ++abandoned;
    });
    start(", timeout: 20s", "s3cr3t-of-this-test", issuer.address());
    const auto shown = request_text(
        "GET", "/closed", {{"Authorization", "Bearer " + keep_secret("of-one-who-leaves")}});
    {
        raw_client client(node->port());
        client.send(shown);
        ASSERT_TRUE(issuer.wait_for_requests(1));
        client.reset();
    }
    EXPECT_TRUE(eventually([&] { return abandoned == 1; }, 10s));
    issuer.handle([](target_exchange& ex) {
        ex.read_body();
        ex.answer(200, R"({"active": true})");
    });
    raw_client again(node->port());
    again.send(shown);
    EXPECT_EQ(again.read().status, 200);
}

TEST_F(introspection, does_not_ask_about_tokens_that_another_way_can_read) {
    start();
    const auto readable = token({{"opaque", false}, {"alg", "ES256"}});
    EXPECT_EQ(get("/both", readable).status, 200);
    EXPECT_EQ(app.last_request().joined("X-Auth-Method"), "jwt");
    EXPECT_EQ(questions(), 0);
    EXPECT_EQ(get("/both", token()).status, 200);
    EXPECT_EQ(app.last_request().joined("X-Auth-Method"), "introspection");
    EXPECT_EQ(get("/both", "nobody's").status, 401);
}

TEST_F(introspection, does_not_bring_back_what_was_revoked_here) {
    start();
    const auto readable = token({{"opaque", false}, {"alg", "ES256"}}), one = token();
    EXPECT_EQ(get("/both", readable).status, 200);
    EXPECT_EQ(status(one), 200);
    const json revocation{{"sub", "alice"}, {"expires", std::time(nullptr) + 600}};
    ASSERT_EQ(node->admin("POST", "/revocations", {}, revocation.dump()).status, 200);
    EXPECT_TRUE(eventually([&] { return status(one) == 401; }, 1s));
    EXPECT_EQ(get("/both", readable).status, 401) << "though its issuer says that it is active";
    EXPECT_EQ(get("/both", one).status, 401);
}

TEST_F(introspection, gives_limits_somebody_to_count_by) {
    start();
    const auto alice = token(), also_alice = token(), bob = token({{"sub", "bob"}});
    EXPECT_EQ(get("/limited", alice).status, 200);
    EXPECT_EQ(get("/limited", also_alice).status, 200);
    EXPECT_EQ(get("/limited", alice).status, 200);
    EXPECT_EQ(get("/limited", also_alice).status, 429);
    EXPECT_EQ(get("/limited", bob).status, 200);
}

TEST_F(introspection, is_in_the_access_log_with_who_asked_and_without_the_token) {
    start();
    EXPECT_EQ(status(token()), 200);
    EXPECT_EQ(status("nobody's"), 401);
    const auto passed = node->wait_for_log([](const json& line) { return line["status"] == 200; });
    EXPECT_EQ(passed["consumer"], "opaque/alice");
    const auto refused = node->wait_for_log([](const json& line) { return line["status"] == 401; });
    EXPECT_EQ(refused["reason"], "the token is not active");
}

TEST_F(introspection, goes_on_after_the_authenticator_has_ended_with_questions_open) {
    gateway_options options;
    options.binary = thalamus_test_binary();
    if (options.binary.empty()) GTEST_SKIP() << "no program with test hooks";
    gate open;
    recording_target issuer(says_active(open));
    start(", timeout: 20s", "s3cr3t-of-this-test", issuer.address(), options);
    const auto shown = request_text(
        "GET", "/closed", {{"Authorization", "Bearer " + keep_secret("while-it-is-asked")}});
    crowd clients(*node, 10, shown);
    end_actors(*node, "authenticator");
    clients.expect(503);
    open.open();
    clients.send();
    clients.expect(200);
}

} // namespace
} // namespace thalamus::test::introspection_test
