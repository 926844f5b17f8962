// The demo's identity provider: other tests rely on what it does.

#include "tests/support/gateway.hpp"
#include "tests/support/identity_provider.hpp"

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace thalamus::test::identity_provider_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const field basic{"Authorization", "Basic Z2F0ZXdheTpnYXRld2F5LXNlY3JldA=="}; // the default client
const field form{"Content-Type", "application/x-www-form-urlencoded"};

field bearer(const std::string& token) { return {"Authorization", "Bearer " + token}; }

json introspect(const identity_provider& idp, const std::string& token) {
    const auto answer = idp.ask("POST", "/introspect", {basic, form},
                                "token_type_hint=access_token&token=" + token);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.joined("Cache-Control"), "no-store");
    return json::parse(answer.body);
}

const json not_active{{"active", false}};

/// Whether tokens verify against published keys is asked of a gateway that holds these, whose own
/// verification is held to vectors of others (tests/auth).
class verifier {
public:
    verifier(const identity_provider& idp, const std::string& keys)
        : node_(config, {{"issuer", idp.issuer()}}, with(keys)) {}
    bool accepts(const std::string& token) const {
        return node_.get("/", {bearer(token)}).status == 200;
    }

private:
    static constexpr auto config = R"(
auth: {idp: {jwt: {issuer: "@issuer@", audience: [api], keys: {file: keys.jwks}, algorithms: [RS256, ES256, EdDSA]}}}
routes: [{id: all, match: {path: /}, auth: [idp], respond: {status: 200}}]
)";
    static gateway_options with(const std::string& keys) {
        gateway_options options;
        options.files["keys.jwks"] = keys;
        return options;
    }
    gateway node_;
};

TEST(identity_provider, publishes_a_key_of_each_algorithm_and_for_how_long) {
    const identity_provider idp({"--max-age", "7", "--algorithms", "PS256,ES384"});
    const auto answer = idp.ask("GET", "/jwks.json");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.joined("Cache-Control"), "max-age=7");
    const auto keys = json::parse(answer.body)["keys"];
    ASSERT_EQ(keys.size(), 2u);
    EXPECT_EQ(keys[0]["alg"], "PS256");
    EXPECT_EQ(keys[1]["alg"], "ES384");
    for (const auto& key : keys) {
        EXPECT_EQ(key["use"], "sig");
        EXPECT_NE(key["kid"], "");
        for (const auto* part : {"d", "p", "q", "k"}) EXPECT_FALSE(key.contains(part)) << part;
    }
}

TEST(identity_provider, signs_tokens_that_verify_against_the_published_keys) {
    const identity_provider idp, other;
    const verifier node(idp, idp.published_keys());
    for (const auto* algorithm : {"RS256", "ES256", "EdDSA"})
        EXPECT_TRUE(node.accepts(idp.token({{"aud", "api"}, {"alg", algorithm}}))) << algorithm;
    EXPECT_TRUE(node.accepts(idp.token({{"aud", {"web", "api"}}})));
    EXPECT_FALSE(node.accepts(idp.token({{"aud", "web"}})));
    EXPECT_FALSE(node.accepts(idp.token({{"aud", "api"}, {"expires_in", -3600}})));
    EXPECT_FALSE(node.accepts(other.token({{"aud", "api"}})));
}

TEST(identity_provider, after_a_rotation_signs_with_new_keys_and_publishes_the_old_ones_too) {
    const identity_provider idp;
    const auto old_keys = idp.published_keys(), old_token = idp.token({{"aud", "api"}});
    idp.rotate(false);
    const auto new_token = idp.token({{"aud", "api"}});
    EXPECT_FALSE(verifier(idp, old_keys).accepts(new_token));
    const verifier both(idp, idp.published_keys());
    EXPECT_TRUE(both.accepts(old_token));
    EXPECT_TRUE(both.accepts(new_token));
    EXPECT_EQ(introspect(idp, old_token)["active"], true);

    for (int i = 0; i < 5; ++i) idp.rotate(false);
    EXPECT_EQ(json::parse(idp.published_keys())["keys"].size(), 4u * 3) << "four of each kind";
    EXPECT_EQ(introspect(idp, old_token), not_active);
}

TEST(identity_provider, retires_old_keys_with_what_they_signed_at_once) {
    const identity_provider idp;
    const auto old_token = idp.token({{"aud", "api"}}), opaque = idp.token({{"opaque", true}});
    idp.rotate(true);
    EXPECT_EQ(json::parse(idp.published_keys())["keys"].size(), 3u);
    const verifier node(idp, idp.published_keys());
    EXPECT_FALSE(node.accepts(old_token));
    EXPECT_TRUE(node.accepts(idp.token({{"aud", "api"}})));
    EXPECT_EQ(introspect(idp, old_token), not_active);
    EXPECT_EQ(introspect(idp, opaque)["active"], true) << "no key signed it";
}

TEST(identity_provider, tells_the_claims_of_a_live_token) {
    const identity_provider idp;
    const auto before = std::time(nullptr);
    for (const bool opaque : {false, true}) {
        const auto token = idp.token({{"sub", "alice"},
                                      {"aud", "api"},
                                      {"scope", "read write"},
                                      {"expires_in", 60},
                                      {"opaque", opaque},
                                      {"claims", {{"tier", "gold"}, {"iss", "me"}}}});
        EXPECT_EQ(token.find('.') == std::string::npos, opaque);
        const auto said = introspect(idp, token);
        EXPECT_EQ(said["active"], true);
        EXPECT_EQ(said["sub"], "alice");
        EXPECT_EQ(said["aud"], "api");
        EXPECT_EQ(said["scope"], "read write");
        EXPECT_EQ(said["tier"], "gold");
        EXPECT_EQ(said["iss"], idp.issuer()) << "claims do not replace what the provider sets";
        EXPECT_GE(said["iat"], before);
        EXPECT_EQ(said["exp"], said["iat"].get<std::int64_t>() + 60);
        EXPECT_NE(said["jti"], "");
    }
}

TEST(identity_provider, calls_others_not_active) {
    const identity_provider idp, other;
    EXPECT_EQ(introspect(idp, "x"), not_active);
    EXPECT_EQ(introspect(idp, other.token()), not_active);
    EXPECT_EQ(introspect(idp, idp.token({{"expires_in", 0}})), not_active);
    for (const bool opaque : {false, true}) {
        const auto token = idp.token({{"opaque", opaque}});
        idp.revoke(token);
        EXPECT_EQ(introspect(idp, token), not_active);
    }
}

TEST(identity_provider, calls_a_token_not_active_once_it_has_expired) {
    const identity_provider idp;
    const auto token = idp.token({{"expires_in", 2}});
    EXPECT_EQ(introspect(idp, token)["active"], true);
    EXPECT_TRUE(eventually([&] { return introspect(idp, token) == not_active; }, 5s, 50ms));
    idp.token();
    EXPECT_EQ(idp.statistics()["tokens_kept"], 1) << "expired ones go";
}

TEST(identity_provider, keeps_a_bounded_number_of_tokens) {
    const identity_provider idp({"--most-tokens", "2"});
    const auto first = idp.token({{"opaque", true}, {"expires_in", 900}}),
               second = idp.token({{"opaque", true}, {"expires_in", 300}}),
               third = idp.token({{"opaque", true}});
    EXPECT_EQ(idp.statistics()["tokens_kept"], 2);
    EXPECT_EQ(introspect(idp, first)["active"], true);
    EXPECT_EQ(introspect(idp, second), not_active) << "it would have been the first to expire";
    EXPECT_EQ(introspect(idp, third)["active"], true);
}

TEST(identity_provider, tells_only_its_client_of_tokens) {
    const identity_provider idp({"--client-id", "a b", "--client-secret", "c:d+e"});
    const auto status = [&](const std::vector<field>& fields) {
        return idp.ask("POST", "/introspect", fields, "token=x").status;
    };
    const field encoded{"Authorization", "Basic YStiOmMlM0FkJTJCZQ=="}; // a+b:c%3Ad%2Be
    EXPECT_EQ(status({encoded, form}), 200);
    EXPECT_EQ(status({{"authorization", "basic YStiOmMlM0FkJTJCZQ=="}, form}), 200);
    for (const auto& fields :
         std::vector<std::vector<field>>{{},
                                         {basic},
                                         {encoded, encoded},
                                         {{"Authorization", "Basic"}},
                                         {{"Authorization", "Basic ="}},
                                         {{"Authorization", "Basic YStiOmMlM0FkJTJCZg=="}},
                                         {{"Authorization", "Basic YSti"}},
                                         {{"Authorization", "Bearer YStiOmMlM0FkJTJCZQ=="}}})
        EXPECT_EQ(status(fields), 401);
    EXPECT_THAT(idp.ask("POST", "/introspect").joined("WWW-Authenticate"),
                HasSubstr("Basic realm="));
    EXPECT_EQ(status({encoded}), 400) << "without the form's content type";
    EXPECT_EQ(idp.ask("POST", "/introspect", {encoded, form}, "tok=x").status, 400);
}

TEST(identity_provider, decides_as_an_outside_authorizer) {
    const identity_provider idp;
    for (const bool opaque : {false, true}) {
        const auto token = idp.token({{"sub", "alice"}, {"opaque", opaque}});
        for (const auto* method : {"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PURGE"}) {
            const auto passed = idp.ask(method, "/check?a=b", {bearer(token)});
            EXPECT_EQ(passed.status, 200) << method;
            EXPECT_EQ(passed.joined("X-User-Id"), "alice") << method;
        }
        const auto denied = idp.token({{"opaque", opaque}, {"claims", {{"denied", true}}}});
        EXPECT_EQ(idp.ask("GET", "/check", {bearer(denied)}).status, 403);
        idp.revoke(token);
        const auto refused = idp.ask("GET", "/check", {bearer(token)});
        EXPECT_EQ(refused.status, 401);
        EXPECT_THAT(refused.joined("WWW-Authenticate"), HasSubstr("error=\"invalid_token\""));
        EXPECT_FALSE(refused.has("X-User-Id"));
    }
    const auto missing = idp.ask("GET", "/check");
    EXPECT_EQ(missing.status, 401);
    EXPECT_EQ(missing.joined("WWW-Authenticate"), "Bearer realm=\"thalamus-demo-idp\"");
}

TEST(identity_provider, that_is_down_answers_503_counts_and_comes_back) {
    const identity_provider idp;
    const auto token = idp.token();
    idp.down(true);
    EXPECT_EQ(idp.ask("GET", "/jwks.json").status, 503);
    EXPECT_EQ(idp.ask("POST", "/token", {}, "{}").status, 503);
    EXPECT_EQ(idp.ask("POST", "/introspect", {basic, form}, "token=x").status, 503);
    EXPECT_EQ(idp.ask("GET", "/check?x", {bearer(token)}).status, 503);
    EXPECT_EQ(idp.ask("GET", "/healthz").status, 503);
    EXPECT_EQ(idp.ask("GET", "/nothing").status, 503);
    idp.rotate(false);
    idp.down(false);
    EXPECT_EQ(idp.ask("GET", "/jwks.json").status, 200);
    EXPECT_EQ(idp.ask("GET", "/check", {bearer(token)}).status, 200);
    EXPECT_EQ(idp.ask("GET", "/healthz").status, 200);
    EXPECT_EQ(
        idp.statistics(),
        (json{{"jwks", 2}, {"token", 2}, {"introspect", 1}, {"check", 2}, {"tokens_kept", 1}}));
}

TEST(identity_provider, that_was_started_again_has_other_keys_and_knows_no_token) {
    identity_provider idp;
    const auto keys = idp.published_keys(), token = idp.token();
    idp.stop();
    EXPECT_THROW(idp.published_keys(), test_error);
    idp.start();
    EXPECT_NE(json::parse(idp.published_keys())["keys"][0]["kid"],
              json::parse(keys)["keys"][0]["kid"]);
    EXPECT_EQ(introspect(idp, token), not_active);
}

TEST(identity_provider, says_what_is_wrong_with_a_request) {
    const identity_provider idp;
    for (const auto* body :
         {"", "[]", "{", R"({"sub":1})", R"({"sub":"a\r\nX-User-Id: b"})", R"({"aud":1})",
          R"({"claims":{"sub":7}})", R"({"expires_in":"600"})", R"({"expires_in":1e3})",
          R"({"expires_in":99999999999})", R"({"alg":"HS256"})", R"({"opaque":1})",
          R"({"claims":[]})", R"({"tenant":"x"})"}) {
        const auto answer = idp.ask("POST", "/token", {}, body);
        EXPECT_EQ(answer.status, 400) << body;
        EXPECT_EQ(json::parse(answer.body)["error"], "invalid_request");
    }
    for (const auto* path : {"/control/rotate", "/control/down", "/control/revoke"})
        for (const auto* body : {"", "[]", "{}", R"({"retire":1,"down":1,"token":1})"})
            EXPECT_EQ(idp.ask("POST", path, {}, body).status, 400) << path << body;
    EXPECT_EQ(idp.ask("GET", "/token").status, 405);
}

TEST(identity_provider, takes_an_issuer_of_any_name) {
    const identity_provider idp({"--issuer", "https://idp.example"});
    EXPECT_EQ(introspect(idp, idp.token())["iss"], "https://idp.example");
}

TEST(identity_provider, refuses_algorithms_whose_keys_are_secrets) {
    EXPECT_THROW(identity_provider({"--algorithms", "HS256"}), test_error);
}

TEST(identity_provider, ends_by_a_signal_without_a_fault) {
    identity_provider idp;
    idp.program().signal(SIGTERM);
    EXPECT_EQ(idp.program().wait_exit(5s), 0);
}

} // namespace
} // namespace thalamus::test::identity_provider_test
