// Who may pass, against the running gateway: rows 10 to 14 and 16 of the security checklist.

#include "tests/support/auth_setup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace thalamus::test::auth_test {
namespace {

using demo::signing_key;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr auto config = R"(
trusted_proxies: [127.0.0.1/32]
consumers:
  - {name: acme, groups: [partners, "eu.west"], api_keys: [{sha256: 5b11618c2e44027877d0cd0921ed166b9f176f50587fc91e7534dd2946db77d6}]}
  - {name: other, api_keys: [{sha256: 5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8}]}
auth:
  idp: {jwt: {issuer: "https://idp.example", audience: [api], keys: {file: keys.jwks}, algorithms: [ES256, RS256], from: [bearer, "cookie:session", "query:t"]}}
  keys: {api_key: {from: ["header:X-Api-Key", "query:key"]}}
rate_limits:
  each: {key: consumer, rate: 3/h}
  tenant: {key: "claim:tenant", rate: 2/h, on_missing_key: reject}
services: {app: {targets: ["http://@app@"], retry: off}}
routes:
  - {id: open, match: {path: "/open/{rest...}"}, service: app}
  - {id: any, match: {path: "/any/{rest...}"}, auth: [idp, keys], service: app}
  - {id: hidden, match: {path: "/hidden/{rest...}"}, auth: [idp, keys], hide_credentials: true, service: app}
  - {id: optional, match: {path: /optional}, auth: keys, auth_optional: true, service: app}
  - {id: scope, match: {path: /scope}, auth: [idp], require: {scopes: [read, write], claims: {"org.tier": [gold, silver]}}, service: app}
  - {id: group, match: {path: /group}, auth: [keys, idp], require: {groups: [partners]}, service: app}
  - {id: inside, match: {path: /inside}, require: {ip: [10.0.0.0/8], deny_ip: [10.9.0.0/16]}, service: app}
  - {id: told, match: {path: /told}, auth: [idp], request_headers: {set: {X-Tenant: "{claim.tenant}", X-Who: "{claim.tenant}/{claim.sub}"}}, service: app}
  - {id: limited, match: {path: /limited}, auth: [keys], rate_limit: [each], service: app}
  - {id: tenant, match: {path: /tenant}, auth: [idp], rate_limit: [tenant], service: app}
  - {id: cors, match: {path: /cors, methods: [GET]}, auth: [keys], cors: {origins: ["https://a.example"], headers: [X-Api-Key]}, service: app}
)"; // "secret1" and "password"

class authentication : public testing::Test, protected auth_setup {
protected:
    int status(std::string_view path, const std::vector<field>& fields = {}) {
        return node.get(path, fields).status;
    }
    double decisions(const std::string& way, const std::string& decision) {
        return node.metric("thalamus_auth_decisions_total{method=\"" + way + "\",decision=\"" +
                           decision + "\"}");
    }

    recording_target app;
    gateway node{config, {{"app", app.address()}}, options()};
    const field secret1 = auth_setup::secret1();
};

TEST_F(authentication, nobody_reaches_a_target_without_a_credential_that_counts) {
    for (const auto& fields : std::vector<std::vector<field>>{
             {},
             {{"Authorization", "Bearer x"}},
             {{"Authorization", "Bearer "}},
             {{"Authorization", "Basic YTpi"}},
             {{"X-Api-Key", "secret2"}},
             {{"X-Api-Key", ""}},
             {{"X-Api-Key", "secret1 "}, {"X-Api-Key", "secret1"}},
             {{"Cookie", "session=x"}},
             {bearer({{"exp", 1}})},
             {bearer({{"aud", "web"}})},
             {bearer({{"iss", "https://evil.example"}})},
             {bearer(), bearer()},
             {bearer(), {"X-Api-Key", "wrong"}},
             {secret1, {"Authorization", "Bearer forged"}},
             {bearer(), {"Cookie", "session=" + key().token(claims())}}}) {
        const auto answer = node.get("/any/x", fields);
        EXPECT_EQ(answer.status, 401);
        EXPECT_EQ(answer.joined("Content-Type"), "application/problem+json");
        EXPECT_THAT(
            answer.joined("WWW-Authenticate"),
            testing::AllOf(HasSubstr("Bearer realm=\"idp\""), HasSubstr("ApiKey realm=\"keys\"")));
    }
    EXPECT_EQ(app.request_count(), 0u);
    EXPECT_GT(decisions("idp", "refused"), 0);
    EXPECT_GT(decisions("keys", "refused"), 0);
    EXPECT_GT(decisions("idp", "missing"), 0);
}

TEST_F(authentication, a_credential_counts_wherever_the_way_looks_for_it) {
    EXPECT_EQ(status("/any/x", {bearer()}), 200);
    EXPECT_EQ(status("/any/x", {{"authorization", "bearer " + key().token(claims())}}), 200);
    EXPECT_EQ(status("/any/x", {{"Cookie", "a=b; session=" + key().token(claims()) + "; c=d"}}),
              200);
    EXPECT_EQ(status("/any/x?t=" + key().token(claims())), 200);
    EXPECT_EQ(status("/any/x", {secret1}), 200);
    EXPECT_EQ(status("/any/x?key=secret%31"), 200);
    EXPECT_EQ(app.request_count(), 6u);
    EXPECT_EQ(decisions("idp", "passed"), 4);
    EXPECT_EQ(decisions("keys", "passed"), 2);
}

TEST_F(authentication, says_why_to_the_client_and_never_shows_the_credential) {
    const auto expired = node.get("/any/x", {bearer({{"exp", 1}})});
    EXPECT_THAT(expired.joined("WWW-Authenticate"),
                HasSubstr("error=\"invalid_token\", error_description=\"the token has expired\""));
    EXPECT_EQ(json::parse(expired.body)["title"], "Unauthorized");
    const auto scopes = node.get("/scope", {bearer({{"scope", "read"}})});
    EXPECT_EQ(scopes.status, 403);
    EXPECT_THAT(scopes.joined("WWW-Authenticate"),
                HasSubstr("error=\"insufficient_scope\", scope=\"read write\""));
}

TEST_F(authentication, without_a_credential_may_pass_where_it_is_optional_with_a_bad_one_not) {
    EXPECT_EQ(status("/optional"), 200);
    EXPECT_EQ(app.last_request().joined("X-Consumer-Id"), "");
    EXPECT_EQ(status("/optional", {{"X-Api-Key", "wrong"}}), 401);
    EXPECT_EQ(status("/optional", {secret1}), 200);
    EXPECT_EQ(app.last_request().joined("X-Consumer-Id"), "acme");
    EXPECT_EQ(decisions("keys", "anonymous"), 1);
}

TEST_F(authentication, requires_scopes_groups_claims_and_addresses) {
    const json gold{{"tier", {"x", "gold"}}};
    EXPECT_EQ(status("/scope", {bearer({{"scope", "write read more"}, {"org", gold}})}), 200);
    EXPECT_EQ(status("/scope", {bearer({{"scp", {"read", "write"}}, {"org", gold}})}), 200);
    EXPECT_EQ(status("/scope", {bearer({{"scope", "read"}, {"org", gold}})}), 403);
    EXPECT_EQ(status("/scope", {bearer({{"scope", "read write"}})}), 403);
    EXPECT_EQ(status("/scope", {bearer({{"scope", "read write"}, {"org", {{"tier", "bronze"}}}})}),
              403);
    EXPECT_EQ(status("/group", {secret1}), 200);
    EXPECT_EQ(status("/group", {{"X-Api-Key", "password"}}), 403);
    EXPECT_EQ(status("/group", {bearer({{"groups", {"partners"}}})}), 200);
    EXPECT_EQ(status("/group", {bearer({{"roles", {"guests"}}})}), 403);
    EXPECT_EQ(status("/inside"), 403);
    EXPECT_EQ(status("/inside", {{"X-Forwarded-For", "10.1.2.3"}}), 200);
    EXPECT_EQ(status("/inside", {{"X-Forwarded-For", "10.9.2.3"}}), 403);
    EXPECT_EQ(status("/inside", {{"X-Forwarded-For", "10.1.2.3, 192.0.2.1"}}), 403);
}

TEST_F(authentication, targets_learn_who_asks_from_the_gateway_alone) {
    const std::vector<field> forged{
        {"X-Consumer-Id", "root"},  {"x-consumer-groups", "admin"},
        {"X-Auth-Method", "magic"}, {"X_Consumer_Id", "root"},
        {"X-Consumer-Custom", "x"}, {"Connection", "X-Consumer-Id, X-Auth-Method"}};
    auto with = forged;
    with.push_back(secret1);
    EXPECT_EQ(status("/any/x", with), 200);
    auto seen = app.last_request();
    EXPECT_EQ(seen.joined("X-Consumer-Id"), "acme");
    EXPECT_EQ(seen.joined("X-Consumer-Groups"), "partners,eu.west");
    EXPECT_EQ(seen.joined("X-Auth-Method"), "api_key");
    for (const auto* name : {"X_Consumer_Id", "X-Consumer-Custom"})
        EXPECT_EQ(seen.joined(name), "") << name;
    EXPECT_EQ(status("/open/x", forged), 200);
    seen = app.last_request();
    for (const auto& f : forged) EXPECT_THAT(seen.joined(f.first), Not(HasSubstr("root")));
    EXPECT_EQ(seen.joined("X-Consumer-Id"), "");
    EXPECT_EQ(status("/told", {bearer({{"tenant", "a b"}})}), 200);
    seen = app.last_request();
    EXPECT_EQ(seen.joined("X-Consumer-Id"), "alice");
    EXPECT_EQ(seen.joined("X-Auth-Method"), "jwt");
    EXPECT_EQ(seen.joined("X-Tenant"), "a b");
    EXPECT_EQ(seen.joined("X-Who"), "a b/alice") << "each hole its own value";
}

TEST_F(authentication, a_claim_cannot_split_a_head) {
    EXPECT_EQ(status("/told", {bearer({{"sub", "a\r\nX-Evil: 1"},
                                       {"tenant", "b\r\nX-Evil: 2"},
                                       {"groups", {"g,h", "i\r\nX-Evil: 3", "\xc3\xa9"}}})}),
              200);
    const auto seen = app.last_request();
    EXPECT_EQ(seen.joined("X-Evil"), "");
    EXPECT_EQ(seen.joined("X-Consumer-Id"), "a%0D%0AX-Evil:%201");
    EXPECT_EQ(seen.joined("X-Consumer-Groups"), "g%2Ch,i%0D%0AX-Evil:%203,%C3%A9");
    EXPECT_EQ(seen.joined("X-Tenant"), "b%0D%0AX-Evil: 2");
}

TEST_F(authentication, hides_the_credential_and_nothing_else) {
    EXPECT_EQ(status("/hidden/x?a=1&key=secret1&b=2", {{"Cookie", "a=b; session=; c=d"}}), 200);
    auto seen = app.last_request();
    EXPECT_EQ(seen.target, "/hidden/x?a=1&b=2");
    EXPECT_EQ(seen.joined("Cookie"), "a=b; c=d");
    EXPECT_EQ(status("/hidden/x", {bearer(), {"X-Other", "1"}}), 200);
    seen = app.last_request();
    EXPECT_EQ(seen.joined("Authorization"), "");
    EXPECT_EQ(seen.joined("X-Other"), "1");
    EXPECT_EQ(status("/hidden/x?key=secret1"), 200);
    EXPECT_EQ(app.last_request().target, "/hidden/x");
    EXPECT_EQ(status("/any/x", {secret1}), 200);
    EXPECT_EQ(app.last_request().joined("X-Api-Key"), "secret1") << "unless it is not hidden";
}

TEST_F(authentication, limits_count_by_consumer_and_by_claim) {
    raw_client client(node.port());
    std::vector<int> answers;
    for (int i = 0; i < 4; ++i) answers.push_back(client.get("/limited", {secret1}).status);
    EXPECT_THAT(answers, ElementsAre(200, 200, 200, 429));
    EXPECT_EQ(status("/limited", {{"X-Api-Key", "password"}}), 200) << "another consumer";
    EXPECT_EQ(status("/limited", {{"X-Api-Key", "wrong"}}), 401);
    EXPECT_EQ(status("/tenant", {bearer({{"tenant", "t"}})}), 200);
    EXPECT_EQ(status("/tenant", {bearer({{"tenant", "t"}, {"sub", "bob"}})}), 200);
    EXPECT_EQ(status("/tenant", {bearer({{"tenant", "t"}})}), 429);
    EXPECT_EQ(status("/tenant", {bearer({{"tenant", "u"}})}), 200);
    EXPECT_EQ(status("/tenant", {bearer()}), 400);
}

TEST_F(authentication, a_preflight_needs_no_credential) {
    const auto answer = node.ask("OPTIONS", "/cors",
                                 {{"Origin", "https://a.example"},
                                  {"Access-Control-Request-Method", "GET"},
                                  {"Access-Control-Request-Headers", "x-api-key"}});
    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(answer.joined("Access-Control-Allow-Origin"), "https://a.example");
    const auto refused = node.get("/cors", {{"Origin", "https://a.example"}});
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(refused.joined("Access-Control-Allow-Origin"), "https://a.example");
}

TEST_F(authentication, the_log_names_who_and_why_and_no_secret_is_anywhere) {
    const auto token = key().token(claims({{"jti", "canary-claim"}}));
    const auto bad = key().token(claims({{"exp", 1}}));
    status("/any/x?t=" + token + "&a=1");
    status("/any/x?key=canary-key");
    status("/nowhere?key=canary-key");
    node.ask("POST", "/cors?t=canary-key");
    status("/any/x", {{"X-Api-Key", "canary-key"}});
    status("/any/x", {{"Authorization", "Bearer " + bad}});
    status("/any/x", {secret1});
    const auto passed = node.wait_for_log(
        [](const json& line) { return line.value("consumer", "") == "idp/alice"; });
    EXPECT_EQ(passed["path"], "/any/x?a=1");
    EXPECT_EQ(passed["status"], 200);
    node.wait_for_log(
        [](const json& line) { return line.value("reason", "") == "the API key is unknown"; });
    node.wait_for_log(
        [](const json& line) { return line.value("reason", "") == "the token has expired"; });
    node.wait_for_log([](const json& line) { return line.value("consumer", "") == "acme"; });
    const auto all = node.program().standard_output() + node.program().standard_error() +
                     node.admin("GET", "/config").body + node.admin("GET", "/metrics").body +
                     node.admin("GET", "/routes").body;
    for (const auto& secret :
         {std::string("canary"), std::string("secret1"), token, bad, token.substr(token.rfind('.')),
          std::string("5b11618c2e44027877d0cd0921ed166b")})
        EXPECT_THAT(all, Not(HasSubstr(secret)));
}

TEST(authentication_config, a_key_file_without_a_key_for_the_way_is_refused) {
    temporary_folder folder;
    const auto check = [&](const std::string& keys) {
        folder.write("keys.jwks", keys);
        const auto file = folder.write(
            "gateway.yaml",
            "auth:\n  idp: {jwt: {issuer: me, algorithms: [RS256], keys: {file: keys.jwks}}}\n"
            "routes: [{match: {path: /}, auth: idp, respond: {text: ok}}]\n");
        return run({thalamus_binary(), "check", "-c", file});
    };
    for (const auto& [keys, why] :
         {std::pair<std::string, std::string>{"", "is not a JSON Web Key Set"},
          {"{\"keys\": []}", "contains no key for RS256"},
          {json{{"keys", {signing_key("ES256", "k").jwk()}}}.dump(),
           "contains no key for RS256"}}) {
        const auto done = check(keys);
        EXPECT_EQ(done.exit, 1);
        EXPECT_THAT(done.error, HasSubstr("gateway.yaml:2:3: auth.idp.jwt.keys.file: "));
        EXPECT_THAT(done.error, HasSubstr(why));
    }
    const auto good = check(json{{"keys", {signing_key("RS256", "k").jwk()}}}.dump());
    EXPECT_EQ(good.exit, 0) << good.error;
}

} // namespace
} // namespace thalamus::test::auth_test
