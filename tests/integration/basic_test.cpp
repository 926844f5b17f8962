// HTTP Basic: users of the configuration, whose passwords are checked off the reactors.

#include "demo/base64url.hpp"
#include "tests/support/gateway.hpp"
#include "tests/support/recording_target.hpp"
#include "tests/support/secrets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <thread>

namespace thalamus::test::basic_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

using demo::base64;

field basic(const std::string& user_and_password) {
    keep_secret(user_and_password.substr(user_and_password.find(':') + 1));
    return {"Authorization", "Basic " + keep_secret(base64(user_and_password))};
}

class basic_passwords : public testing::Test {
protected:
    int status(const field& credential) { return node.get("/closed", {credential}).status; }

    recording_target app;
    gateway node{
        R"(
consumers:
  - {name: acme, groups: [partners], basic: {user: alice, password: "@bcrypt@"}}
  - {name: other, basic: {user: bob, password: "@yescrypt@"}}
auth:
  people: {basic: {realm: "the shop"}}
  keys: {api_key: {}}
services: {app: {targets: ["http://@app@"]}}
routes:
  - {id: closed, match: {path: /closed}, auth: [people, keys], service: app}
  - {id: hidden, match: {path: /hidden}, auth: people, hide_credentials: true, service: app}
  - {id: open, match: {path: /open}, service: app}
)",
        {{"app", app.address()},
         {"bcrypt", "$2b$04$3bruN8r7uQfs9BPFW3dYBeg5bpny4rGOdi89BD2oM28QugzmfJQMS"},
         {"yescrypt",
          "$y$j9T$abcdefgh0123$QHH9q8mhvCaND/u7Uo565aP6NjeYRoShmxQ4QjwoH92"}}}; // "secret", "pässword"
};

TEST_F(basic_passwords, let_those_pass_who_know_them) {
    EXPECT_EQ(status(basic("alice:secret")), 200);
    const auto seen = app.last_request();
    EXPECT_EQ(seen.joined("X-Consumer-Id"), "acme");
    EXPECT_EQ(seen.joined("X-Consumer-Groups"), "partners");
    EXPECT_EQ(seen.joined("X-Auth-Method"), "basic");
    EXPECT_EQ(status(basic("bob:pässword")), 200);
    EXPECT_EQ(node.get("/hidden", {basic("alice:secret")}).status, 200);
    EXPECT_EQ(app.last_request().joined("Authorization"), "");
}

TEST_F(basic_passwords, refuse_all_others_alike) {
    for (const auto& credential :
         {basic("alice:Secret"), basic("alice:"), basic("alice:secret "), basic("nobody:secret"),
          basic("bob:secret"), basic("alice"), basic(":secret"), basic(""),
          field{"Authorization", "Basic alice:secret"}, field{"Authorization", "Basic"},
          field{"Authorization", "Basic " + base64("alice:secret") + "x"}}) {
        const auto answer = node.get("/closed", {credential});
        EXPECT_EQ(answer.status, 401) << credential.second;
        EXPECT_THAT(answer.joined("WWW-Authenticate"),
                    HasSubstr("Basic realm=\"the shop\", charset=\"UTF-8\""));
    }
    EXPECT_EQ(node.get("/closed", {basic("alice:secret"), basic("alice:secret")}).status, 401);
    EXPECT_EQ(app.request_count(), 0u);
}

TEST_F(basic_passwords, are_remembered_when_they_are_right) {
    EXPECT_EQ(status(basic("bob:pässword")), 200);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(status(basic("bob:pässword")), 200);
    EXPECT_GE(node.metric("thalamus_auth_decisions_total{method=\"people\",decision=\"passed\"}"),
              21);
    EXPECT_EQ(node.admin("POST", "/revocations", {},
                         json{{"consumer", "other"}, {"expires", std::time(nullptr) + 600}}.dump())
                  .status,
              200);
    EXPECT_EQ(status(basic("bob:pässword")), 401) << "also if it is remembered";
}

TEST_F(basic_passwords, keep_no_other_request_waiting_and_overload_is_503) {
    std::atomic<bool> done{false};
    std::atomic<int> unauthorized{0}, unavailable{0}, other{0};
    std::vector<std::thread> guessing;
    for (int client = 0; client < 100; ++client)
        guessing.emplace_back([&, client] {
            for (int i = 0; !done; ++i) {
                const auto s = status(basic("bob:" + std::to_string(client * 1000 + i)));
                (s == 401 ? unauthorized : s == 503 ? unavailable : other)++;
            }
        });
    EXPECT_TRUE(eventually([&] { return unavailable > 0 && unauthorized > 0; }, 20s));
    int answered = 0;
    for (const stopwatch time; time.elapsed() < 1s;) answered += node.get("/open").status == 200;
    done = true;
    for (auto& client : guessing) client.join();
    EXPECT_EQ(other, 0);
    EXPECT_GT(answered, 20)
        << "requests that need no password, in a second, while both cores are busy";
    EXPECT_TRUE(eventually([&] { return status(basic("alice:secret")) == 200; }, 20s));
}

TEST_F(basic_passwords, are_told_to_nobody) {
    EXPECT_EQ(status(basic("alice:secret-canary-7")), 401);
    EXPECT_EQ(status(basic("alice:secret")), 200);
    const auto line = node.wait_for_log([](const json& l) { return l["status"] == 200; });
    EXPECT_EQ(line["consumer"], "acme");
    const auto config = node.admin("GET", "/config").body;
    EXPECT_THAT(config, Not(HasSubstr("$2b$")));
    EXPECT_THAT(config, Not(HasSubstr("$y$")));
    for (const auto& out : {node.program().standard_output(), node.program().standard_error()}) {
        EXPECT_THAT(out, Not(HasSubstr("canary")));
        EXPECT_THAT(out, Not(HasSubstr(base64("alice:secret"))));
    }
}

} // namespace
} // namespace thalamus::test::basic_test
