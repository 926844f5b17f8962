// What was done to other gateways' authentication, done to the running one (rows 13 to 18 and 32 of
// the security list; tests/auth has tokens and keys in full).

#include "tests/support/auth_setup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace thalamus::test::auth_abuse_test {
namespace {

using nlohmann::json;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string config = std::string(auth_setup::consumers) + R"(
limits: {header_bytes: 256KiB}
auth:
  idp: {jwt: {issuer: "https://idp.example", audience: [api], keys: {file: keys.jwks}, algorithms: [ES256, RS256], from: [bearer, "query:t"]}}
  keys: {api_key: {from: ["header:X-Api-Key", "query:key"]}}
rate_limits:
  each: {key: consumer, rate: 3/h}
  address: {key: client_ip, rate: 3/h}
services: {app: {targets: ["http://@app@"], retry: off}}
routes:
  - {id: any, match: {path: "/any/{rest...}"}, auth: [idp, keys], service: app}
  - {id: each, match: {path: "/each/{rest...}"}, auth: [idp, keys], rate_limit: each, service: app}
  - {id: address, match: {path: "/address/{rest...}", methods: [GET]}, rate_limit: address, service: app}
)";

class auth_abuse : public testing::Test, protected auth_setup {
protected:
    static const signing_key& rsa() {
        static const signing_key made("RS256", "r1");
        return made;
    }
    static gateway_options options() {
        gateway_options with;
        with.files["keys.jwks"] = json{{"keys", {key().jwk(), rsa().jwk()}}}.dump();
        return with;
    }
    response with_token(const std::string& token) {
        return node.get("/any/x", {{"Authorization", "Bearer " + token}});
    }

    recording_target app;
    gateway node{config, {{"app", app.address()}}, options()};
};

TEST_F(auth_abuse, row_13_no_token_chooses_its_algorithm_or_its_key) {
    EXPECT_EQ(with_token(key().token(claims())).status, 200);
    EXPECT_EQ(with_token(rsa().token(claims())).status, 200);
    const auto connections = app.connection_count();
    const auto good = key().token(claims());
    const auto signed_part = good.substr(0, good.rfind('.') + 1);
    const signing_key stranger("ES256", "k1");
    std::vector<std::string> tokens{
        signed_part, // no signature
        signed_part + base64url(std::string(64, '\0')),
        stranger.token(claims()),
        key().token(claims(), {{"alg", "RS256"}}),
        key().token(claims(), {{"alg", "RS256"}, {"kid", "r1"}}),
        rsa().token(claims(), {{"alg", "ES256"}, {"kid", "k1"}}),
        stranger.token(claims(), {{"jwk", stranger.jwk()}}),
        stranger.token(claims(), {{"jku", "http://" + app.address() + "/keys"}}),
        stranger.token(claims(), {{"x5u", "http://" + app.address() + "/certificate"}}),
        key().token(claims(), {{"crit", {"exp"}}}),
    };
    for (const auto* none : {"none", "None", "nOnE", ""}) {
        const auto text = key().token(claims(), {{"alg", none}});
        tokens.push_back(text);
        tokens.push_back(text.substr(0, text.rfind('.') + 1));
    }
    for (const auto& secret : {rsa().pem(), rsa().jwk().dump(), key().pem(), key().jwk().dump()})
        for (const auto* kid : {"r1", "k1"})
            tokens.push_back(signing_key("HS256", kid, secret).token(claims()));
    for (const auto& token : tokens) {
        const auto answer = with_token(token);
        EXPECT_EQ(answer.status, 401) << token;
        EXPECT_THAT(answer.head + answer.body, Not(HasSubstr(token.substr(token.find('.') + 1))));
    }
    EXPECT_EQ(app.request_count(), 2u);
    EXPECT_EQ(app.connection_count(), connections) << "nobody asked where the token says for a key";
}

TEST_F(auth_abuse, row_14_claims_count_only_as_they_should_be) {
    for (const auto& more :
         {json{{"aud", json::array()}}, json{{"aud", ""}}, json{{"aud", nullptr}},
          json{{"aud", {"web"}}}, json{{"exp", nullptr}}, json{{"exp", "tomorrow"}},
          json{{"exp", std::time(nullptr) - 31}}, json{{"nbf", std::time(nullptr) + 60}},
          json{{"exp", -1}}, json{{"exp", 1e300}}, json{{"iss", "https://idp.example/"}}})
        EXPECT_EQ(node.get("/any/x", {bearer(more)}).status, 401) << more;
    for (const auto& more : {json{{"aud", {"web", "api"}}},
                             json{{"exp", static_cast<double>(std::time(nullptr)) + 60.5}}})
        EXPECT_EQ(node.get("/any/x", {bearer(more)}).status, 200) << more;
    EXPECT_EQ(app.request_count(), 2u);
}

TEST_F(auth_abuse, row_14_of_two_tokens_in_two_places_both_must_count) {
    const auto good = key().token(claims()), bad = key().token(claims({{"exp", 1}}));
    for (const auto& [header, query] :
         {std::pair{good, bad}, std::pair{bad, good}, std::pair{good, good}})
        EXPECT_EQ(node.get("/any/x?t=" + query, {{"Authorization", "Bearer " + header}}).status,
                  401);
    EXPECT_EQ(app.request_count(), 0u);
}

TEST_F(auth_abuse, row_15_tokens_that_are_huge_or_deep_are_refused_and_cost_nothing_else) {
    const auto signed_of = [](const std::string& head, const std::string& body) {
        const auto text = base64url(head) + "." + base64url(body);
        return text + "." + base64url(key().sign(text));
    };
    const std::string head = R"({"alg":"ES256","kid":"k1"})";
    const std::string deep(5000, '['), long_text(100'000, 'a');
    for (const auto& token :
         {signed_of(head, "{\"a\":" + deep), signed_of("{\"a\":" + deep, "{}"), long_text,
          std::string(20'000, '.'), key().token(claims({{"x", long_text}})),
          key().token(claims(), {{"kid", std::string(10'000, 'k')}})})
        EXPECT_EQ(with_token(token).status, 401);
    EXPECT_EQ(app.request_count(), 0u);
    EXPECT_EQ(with_token(key().token(claims())).status, 200);
    EXPECT_TRUE(node.program().running());
}

TEST_F(auth_abuse, row_16_an_api_key_is_in_no_answer_and_no_log) {
    for (const auto& answer :
         {node.get("/any/x?key=canary"), node.get("/any/x", {{"X-Api-Key", "canary"}}),
          node.get("/nowhere?key=canary"), node.get("/any/%zz?key=canary")})
        EXPECT_THAT(answer.head + answer.body, Not(HasSubstr("canary"))) << answer.status;
    EXPECT_TRUE(eventually([&] { return node.access_log().size() == 4; }));
    EXPECT_THAT(node.program().standard_output() + node.program().standard_error(),
                Not(HasSubstr("canary")));
}

TEST_F(auth_abuse, row_17_a_claim_forges_no_line_of_the_log) {
    const std::string sub =
        "a\"}\r\n{\"status\":200,\"consumer\":\"root\"}\n\x1b[2J\x7f\xe2\x80\xa8";
    EXPECT_EQ(node.get("/any/x", {bearer({{"sub", sub}})}).status, 200);
    const auto line = node.wait_for_log([](auto& entry) { return entry.contains("consumer"); });
    EXPECT_EQ(line["consumer"], "idp/" + sub);
    EXPECT_EQ(node.access_log().size(), 1u);
    EXPECT_THAT(node.program().standard_output(), Not(HasSubstr("\x1b")));
}

TEST_F(auth_abuse, row_18_without_its_store_a_protected_route_stays_protected) {
    const refusing_port gone;
    const gateway lost("store: {redis: \"redis://127.0.0.1:" + std::to_string(gone.port()) +
                           "\"}\n" + std::string(consumers) + R"(
auth: {keys: {api_key: {from: ["header:X-Api-Key"]}}}
rate_limits: {open: {key: consumer, rate: 5/h, on_store_failure: open}}
services: {app: {targets: ["http://@app@"]}}
routes: [{id: all, match: {path: "/{rest...}"}, auth: keys, rate_limit: open, service: app}]
)",
                       {{"app", app.address()}});
    EXPECT_EQ(lost.get("/x", {secret1()}).status, 200);
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(lost.get("/x").status, 401);
        EXPECT_EQ(lost.get("/x", {{"X-Api-Key", "wrong"}}).status, 503)
            << "the store may hold such a key: that it cannot be asked is not the client's fault";
    }
    EXPECT_EQ(app.request_count(), 1u);
}

TEST_F(auth_abuse, row_32_no_spelling_of_a_request_gets_a_budget_of_its_own) {
    std::vector<int> by_address, by_consumer;
    for (const auto* path : {"/address/a", "/address//b?x=1", "/x/../address/c", "/%61ddress/d",
                             "http://other/address/e", "/address/"})
        by_address.push_back(
            node.get(path, {{"Host", "h" + std::to_string(by_address.size())}}).status);
    EXPECT_THAT(by_address, ElementsAre(200, 200, 200, 429, 429, 429));
    EXPECT_EQ(node.ask("get", "/address/a").status, 405) << "another method, not another budget";
    EXPECT_EQ(node.ask("HEAD", "/address/a").status, 429) << "which the route takes like GET";
    // A consumer is one wherever its key stands.
    for (const auto* path :
         {"/each/a?key=secret1", "/each/b?k%65y=secret%31", "/each/c?x&key=secret1"})
        by_consumer.push_back(node.get(path).status);
    by_consumer.push_back(node.get("/each/d", {secret1()}).status);
    EXPECT_THAT(by_consumer, ElementsAre(200, 200, 200, 429));
}

TEST_F(auth_abuse, row_32_a_new_token_gets_no_new_budget_and_a_bad_one_costs_nobody_s) {
    std::vector<int> answers;
    for (int i = 0; i < 5; ++i)
        answers.push_back(
            node.get("/each/x", {bearer({{"jti", i}, {"exp", std::time(nullptr) + 600 + i}})})
                .status);
    EXPECT_THAT(answers, ElementsAre(200, 200, 200, 429, 429));
    answers.clear();
    for (int i = 0; i < 5; ++i)
        answers.push_back(node.get("/each/x", {{"X-Api-Key", "wrong"}}).status);
    EXPECT_THAT(answers, Each(401));
    EXPECT_EQ(node.get("/each/x", {secret1()}).status, 200);
}

} // namespace
} // namespace thalamus::test::auth_abuse_test
