// Tokens, subjects, consumers and API keys that are revoked, and API keys that are made, through
// the admin port of one node.

#include "tests/support/auth_setup.hpp"
#include "tests/support/recording_target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace thalamus::test::revocation_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class revoking : public testing::Test, protected auth_setup {
protected:
    int status(const field& credential) { return node.get("/any", {credential}).status; }
    response post(const std::string& path, const json& body) {
        return node.admin("POST", path, {}, body.dump());
    }
    static std::int64_t in(int seconds) { return std::time(nullptr) + seconds; }

    recording_target app;
    gateway node{std::string(consumers) + R"(
auth:
  idp: {jwt: {issuer: "https://idp.example", audience: [api], algorithms: [ES256], keys: {file: keys.jwks}}}
  keys: {api_key: {}}
services: {app: {targets: ["http://@app@"]}}
routes: [{id: any, match: {path: /any}, auth: [idp, keys], service: app}]
)",
                 {{"app", app.address()}},
                 options()};
};

TEST_F(revoking, a_token_by_its_id) {
    const auto one = bearer({{"jti", "t1"}}), other = bearer({{"jti", "t2"}});
    EXPECT_EQ(status(one), 200);
    EXPECT_EQ(status(other), 200);
    const auto answer = post("/revocations", {{"jti", "t1"}, {"expires", in(600)}});
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(json::parse(answer.body), (json{{"revoked", true}, {"stored", true}}));
    for (int i = 0; i < 4; ++i) { // of two reactors
        const auto refused = node.get("/any", {one});
        EXPECT_EQ(refused.status, 401) << "though it was verified before";
        EXPECT_THAT(refused.joined("WWW-Authenticate"), HasSubstr("error=\"invalid_token\""));
        EXPECT_EQ(status(other), 200);
    }
}

TEST_F(revoking, a_token_until_no_clock_takes_it_for_valid) {
    const auto expires = in(2);
    const auto token = bearer({{"jti", "t1"}, {"exp", expires}}),
               other = bearer({{"jti", "t2"}, {"exp", expires}});
    EXPECT_EQ(status(token), 200);
    EXPECT_EQ(post("/revocations", {{"jti", "t1"}, {"expires", expires}}).status, 200);
    ASSERT_TRUE(eventually([&] { return in(0) > expires + 1; }, 10s, 50ms));
    EXPECT_EQ(status(other), 200) << "within the leeway";
    EXPECT_EQ(status(token), 401);
}

TEST_F(revoking, tokens_of_a_subject_that_were_issued_before) {
    const auto old = bearer({{"sub", "bob"}, {"iat", in(-100)}}),
               fresh = bearer({{"sub", "bob"}, {"iat", in(0)}});
    EXPECT_EQ(
        post("/revocations", {{"sub", "bob"}, {"issued_before", in(-50)}, {"expires", in(600)}})
            .status,
        200);
    EXPECT_EQ(status(old), 401);
    EXPECT_EQ(status(fresh), 200);
    EXPECT_EQ(status(bearer()), 200) << "another's";
    EXPECT_EQ(post("/revocations", {{"sub", "bob"}, {"expires", in(600)}}).status, 200);
    EXPECT_EQ(status(fresh), 401) << "without a time: until now";
}

TEST_F(revoking, a_consumer) {
    EXPECT_EQ(status(secret1()), 200);
    EXPECT_EQ(post("/revocations", {{"consumer", "acme"}, {"expires", in(2)}}).status, 200);
    EXPECT_EQ(status(secret1()), 401);
    EXPECT_TRUE(eventually([&] { return status(secret1()) == 200; }, 10s, 50ms)) << "until its end";
}

TEST_F(revoking, says_what_is_wrong_and_does_nothing) {
    for (const auto& body :
         std::vector<json>{json::array(),
                           json::object(),
                           {{"jti", "t1"}},
                           {{"expires", in(60)}},
                           {{"jti", ""}, {"expires", in(60)}},
                           {{"jti", 5}, {"expires", in(60)}},
                           {{"jti", "t1"}, {"expires", in(-1)}},
                           {{"jti", "t1"}, {"expires", "soon"}},
                           {{"jti", "t1"}, {"expires", 1e300}},
                           {{"jti", "t1"}, {"sub", "x"}, {"expires", in(60)}},
                           {{"jti", "t1"}, {"issued_before", in(0)}, {"expires", in(60)}},
                           {{"jit", "t1"}, {"expires", in(60)}},
                           {{"jti", std::string(2000, 'x')}, {"expires", in(60)}}}) {
        const auto answer = post("/revocations", body);
        EXPECT_EQ(answer.status, 400) << body;
        EXPECT_FALSE(json::parse(answer.body).value("detail", "").empty()) << body;
    }
    EXPECT_EQ(node.admin("POST", "/revocations", {}, "{").status, 400);
    EXPECT_EQ(node.admin("GET", "/revocations").status, 405);
    EXPECT_EQ(status(bearer({{"jti", "t1"}})), 200);
}

TEST_F(revoking, api_keys_are_made_listed_and_revoked) {
    const auto made = node.admin("POST", "/consumers/acme/keys");
    ASSERT_EQ(made.status, 201);
    const auto body = json::parse(made.body);
    const auto id = body.at("id").get<std::string>(), key = body.at("key").get<std::string>();
    const field credential{"X-Api-Key", key};
    EXPECT_EQ(status(credential), 200);
    const auto seen = app.last_request();
    EXPECT_EQ(seen.joined("X-Consumer-Id"), "acme");
    EXPECT_EQ(seen.joined("X-Consumer-Groups"), "partners,eu.west");
    const auto listed = node.admin("GET", "/consumers/acme/keys").body;
    EXPECT_EQ(json::parse(listed)["keys"][0]["id"], id);
    EXPECT_THAT(listed, Not(HasSubstr(key)));
    EXPECT_EQ(node.admin("DELETE", "/consumers/other/keys/" + id).status, 404);
    EXPECT_EQ(node.admin("DELETE", "/consumers/acme/keys/none").status, 404);
    EXPECT_EQ(node.admin("DELETE", "/consumers/acme/keys/" + id).status, 200);
    EXPECT_EQ(status(credential), 401);
    EXPECT_EQ(json::parse(node.admin("GET", "/consumers/acme/keys").body)["keys"], json::array());
    EXPECT_EQ(node.admin("DELETE", "/consumers/acme/keys/" + id).status, 404);
    EXPECT_EQ(status(secret1()), 200) << "the one of the configuration is another";
}

TEST_F(revoking, a_key_may_be_made_for_a_consumer_that_the_configuration_does_not_name) {
    const auto made = post("/consumers/newcomer/keys", {{"groups", {"trial"}}});
    ASSERT_EQ(made.status, 201);
    EXPECT_EQ(status({"X-Api-Key", json::parse(made.body).at("key").get<std::string>()}), 200);
    const auto seen = app.last_request();
    EXPECT_EQ(seen.joined("X-Consumer-Id"), "newcomer");
    EXPECT_EQ(seen.joined("X-Consumer-Groups"), "trial");
    EXPECT_EQ(post("/consumers/acme/keys", {{"groups", {"trial"}}}).status, 409);
    EXPECT_EQ(post("/consumers/newcomer/keys", {{"group", "trial"}}).status, 400);
    EXPECT_EQ(post("/consumers/newcomer/keys", {{"groups", {"a b"}}}).status, 400);
    EXPECT_EQ(node.admin("POST", "/consumers/a%20b/keys").status, 404);
    EXPECT_EQ(node.admin("PUT", "/consumers/acme/keys").status, 405);
}

} // namespace
} // namespace thalamus::test::revocation_test
