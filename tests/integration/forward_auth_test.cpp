// A service outside decides which requests may pass.

#include "tests/support/auth_setup.hpp"
#include "tests/support/crowd.hpp"
#include "tests/support/identity_provider.hpp"
#include "tests/support/open_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace thalamus::test::forward_auth_test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string config = std::string(auth_setup::consumers) + R"(
auth:
  keys: {api_key: {from: ["header:X-Api-Key", "query:key"]}}
  outside: {forward: {url: "http://@authz@/check?by=gateway", headers: [Authorization, Cookie, X-Session], copy: [X-User-Id, X-Tenant, Authorization], timeout: 500ms}}
rate_limits: {each: {key: "header:X-Tenant", rate: 2/h, on_missing_key: reject}}
services: {app: {targets: ["http://@app@"], retry: off}}
routes:
  - {id: closed, match: {path: "/closed/{rest...}"}, auth: outside, service: app}
  - {id: optional, match: {path: /optional}, auth: outside, auth_optional: true, service: app}
  - {id: both, match: {path: /both}, auth: [keys, outside], service: app}
  - {id: hidden, match: {path: /hidden}, auth: outside, hide_credentials: true, service: app}
  - {id: told, match: {path: /told}, auth: outside, request_headers: {set: {X-Who: "{header.X-User-Id}"}}, service: app}
  - {id: limited, match: {path: /limited}, auth: outside, rate_limit: each, service: app}
  - {id: open, match: {path: /open}, request_headers: {set: {X-Who: "{header.X-User-Id}"}}, service: app}
  - {id: match, match: {path: /match, headers: {X-User-Id: "7"}}, service: app}
  - {id: counted, match: {path: /counted}, rate_limit: each, service: app}
)";

class forward_auth : public testing::Test, protected auth_setup {
protected:
    forward_auth() {
        says(200, {{"X-User-Id", "7"}, {"X-Tenant", "t1"}, {"X-Not-Listed", "secret"}});
    }
    void says(int status, std::vector<field> fields = {}) {
        authz.handle([status, fields](target_exchange& ex) {
            ex.read_body();
            ex.answer(status, "a page", fields);
        });
    }
    int status(const std::string& path, const std::vector<field>& fields = {}) {
        return node.get(path, fields).status;
    }

    recording_target app, authz;
    gateway node{config, {{"app", app.address()}, {"authz", authz.address()}}};
    const field bearer{"Authorization", "Bearer " + keep_secret("bearer-of-the-client")};
};

TEST_F(forward_auth, passes_what_it_lets_pass_with_the_headers_that_it_gives) {
    EXPECT_EQ(status("/closed/a", {bearer}), 200);
    const auto seen = app.last_request();
    EXPECT_THAT(seen.all("X-User-Id"), ElementsAre("7"));
    EXPECT_THAT(seen.all("X-Tenant"), ElementsAre("t1"));
    EXPECT_THAT(seen.all("X-Auth-Method"), ElementsAre("forward"));
    EXPECT_FALSE(seen.has("X-Not-Listed"));
    EXPECT_FALSE(seen.has("Authorization")) << "copied, and it has given none";
    EXPECT_EQ(status("/told", {bearer}), 200);
    EXPECT_EQ(app.last_request().joined("X-Who"), "7");
}

TEST_F(forward_auth, shows_the_headers_of_its_list_and_what_is_asked_for_and_no_body) {
    const auto secret_key = keep_secret("key-in-the-query");
    EXPECT_EQ(node.ask("POST", "/closed/a/../b%2Dc?x=1&key=" + secret_key + "&y=%20",
                       {bearer,
                        {"Cookie", "a=1"},
                        {"Cookie", "b=2"},
                        {"X-Other", "1"},
                        {"X-Forwarded-Uri", "/forged"},
                        {"X-Forwarded-Method", "GET"},
                        {"X-Forwarded-For", "10.9.9.9"},
                        {"Content-Type", "text/plain"},
                        {"Host", "shop.example:81"}},
                       "the body")
                  .status,
              200);
    EXPECT_EQ(app.last_request().body, "the body");
    const auto asked = authz.last_request();
    EXPECT_EQ(asked.method, "GET");
    EXPECT_EQ(asked.target, "/check?by=gateway");
    EXPECT_THAT(asked.body, IsEmpty());
    EXPECT_THAT(asked.all("Authorization"), ElementsAre(bearer.second));
    EXPECT_THAT(asked.all("Cookie"), ElementsAre("a=1; b=2"));
    EXPECT_THAT(asked.all("X-Forwarded-Method"), ElementsAre("POST"));
    EXPECT_THAT(asked.all("X-Forwarded-Uri"), ElementsAre("/closed/b-c?x=1&y=%20"))
        << "the path as the target gets it, and no credential of another way";
    EXPECT_THAT(asked.all("X-Forwarded-Host"), ElementsAre("shop.example:81"));
    EXPECT_THAT(asked.all("X-Forwarded-Proto"), ElementsAre("http"));
    EXPECT_THAT(asked.all("X-Forwarded-For"), ElementsAre("127.0.0.1"));
    EXPECT_EQ(asked.joined("X-Request-Id"), app.last_request().joined("X-Request-Id"));
    EXPECT_EQ(asked.joined("Host"), authz.address());
    EXPECT_FALSE(asked.has("X-Other"));
    EXPECT_FALSE(asked.has("Content-Type"));
}

TEST_F(forward_auth, is_asked_about_every_request_of_any_kind) {
    for (const auto* method : {"GET", "HEAD", "DELETE", "OPTIONS"})
        EXPECT_EQ(node.ask(method, "/closed/a", {bearer}).status, 200) << method;
    EXPECT_EQ(authz.request_count(), 4u);
    says(403);
    EXPECT_EQ(
        node.ask("GET", "/closed/a", {bearer, {"Connection", "Upgrade"}, {"Upgrade", "x"}}).status,
        403);
    EXPECT_EQ(app.request_count(), 4u);
}

TEST_F(forward_auth, refuses_what_it_refuses_in_its_words) {
    says(401, {{"WWW-Authenticate", "Bearer realm=\"there\""}, {"X-User-Id", "7"}});
    auto answer = node.get("/closed/a", {bearer});
    EXPECT_EQ(answer.status, 401);
    EXPECT_THAT(answer.all("WWW-Authenticate"), ElementsAre("Bearer realm=\"there\""));
    EXPECT_THAT(answer.body, Not(HasSubstr("a page"))) << "the gateway's own problem";
    EXPECT_THAT(answer.body, HasSubstr("\"status\":401"));
    says(401);
    answer = node.get("/closed/a");
    EXPECT_EQ(answer.status, 401);
    EXPECT_THAT(answer.all("WWW-Authenticate"), ElementsAre("Forward realm=\"outside\""));
    says(403);
    answer = node.get("/closed/a", {bearer});
    EXPECT_EQ(answer.status, 403);
    EXPECT_FALSE(answer.has("WWW-Authenticate"));
    EXPECT_EQ(app.request_count(), 0u);
    const auto decisions = [&](const std::string& which) {
        return node.metric("thalamus_auth_decisions_total{method=\"outside\",decision=\"" + which +
                           "\"}");
    };
    EXPECT_EQ(decisions("refused"), 1);
    EXPECT_EQ(decisions("missing"), 1);
    EXPECT_EQ(decisions("forbidden"), 1);
}

TEST_F(forward_auth, may_send_browsers_to_where_they_sign_in) {
    says(302, {{"Location", "https://login.example/?back=%2Fclosed"},
               {"Set-Cookie", "csrf=1"},
               {"X-User-Id", "7"}});
    const auto answer = node.get("/closed/a");
    EXPECT_EQ(answer.status, 302);
    EXPECT_THAT(answer.all("Location"), ElementsAre("https://login.example/?back=%2Fclosed"));
    EXPECT_EQ(answer.joined("Cache-Control"), "no-store");
    EXPECT_THAT(answer.all("Set-Cookie"), ElementsAre("csrf=1"));
    EXPECT_FALSE(answer.has("X-User-Id"));
    EXPECT_EQ(app.request_count(), 0u);
}

TEST_F(forward_auth, that_does_not_decide_makes_503_and_never_passes) {
    for (const int odd : {500, 503, 404, 301, 429}) {
        says(odd);
        const auto answer = node.get("/closed/a", {bearer});
        EXPECT_EQ(answer.status, 503) << odd;
        EXPECT_FALSE(answer.joined("Retry-After").empty());
    }
    says(200, {{"X-User-Id", "7"}, {"X-User-Id", "8"}});
    EXPECT_EQ(status("/closed/a", {bearer}), 503);
    authz.handle([](target_exchange& ex) { ex.send("nonsense\r\n\r\n"); });
    EXPECT_EQ(status("/closed/a", {bearer}), 503);
    gate never;
    authz.handle([&](target_exchange& ex) { ex.wait(never); });
    EXPECT_EQ(status("/closed/a", {bearer}), 503) << "after 500 ms";
    authz.stop();
    EXPECT_EQ(status("/closed/a", {bearer}), 503);
    EXPECT_EQ(status("/open"), 200);
    EXPECT_EQ(app.request_count(), 1u);
    EXPECT_EQ(node.metric("thalamus_auth_lookup_failures_total"), 9);
    EXPECT_EQ(node.metric("thalamus_auth_lookups_total"), 9);
    authz.start();
    says(200);
    EXPECT_EQ(status("/closed/a", {bearer}), 200);
}

TEST_F(forward_auth, is_not_asked_where_a_credential_is_optional_and_there_is_none) {
    EXPECT_EQ(status("/optional"), 200);
    EXPECT_FALSE(app.last_request().has("X-Auth-Method"));
    EXPECT_EQ(authz.request_count(), 0u);
    says(401);
    EXPECT_EQ(status("/optional", {bearer}), 401);
    EXPECT_EQ(status("/optional", {{"X-Session", "7"}}), 401);
    EXPECT_EQ(authz.request_count(), 2u);
}

TEST_F(forward_auth, is_not_asked_for_who_is_known_by_another_way_unless_more_is_shown) {
    EXPECT_EQ(status("/both", {secret1(), {"Cookie", "theme=dark"}}), 200);
    EXPECT_EQ(authz.request_count(), 0u);
    EXPECT_EQ(app.last_request().joined("X-Auth-Method"), "api_key");
    EXPECT_FALSE(app.last_request().has("X-User-Id"));
    says(401);
    EXPECT_EQ(status("/both", {secret1(), bearer}), 401)
        << "the target might believe the token that nobody has verified";
    EXPECT_EQ(status("/both", {secret1(), {"X-Session", "forged"}}), 401);
    says(200, {{"X-User-Id", "7"}});
    EXPECT_EQ(status("/both", {bearer}), 200);
    EXPECT_EQ(app.last_request().joined("X-User-Id"), "7");
    EXPECT_EQ(status("/both", {bearer, {"X-Api-Key", "wrong"}}), 401);
}

TEST_F(forward_auth, decides_by_no_header_that_is_there_twice) {
    EXPECT_EQ(status("/closed/a", {bearer, {"authorization", "Bearer other"}}), 401);
    EXPECT_EQ(status("/closed/a", {{"X-Session", "1"}, {"X-Session", "2"}}), 401);
    EXPECT_EQ(authz.request_count(), 0u);
    EXPECT_EQ(app.request_count(), 0u);
}

const std::vector<std::string> spellings{"X-User-Id", "x-user-id", "X-USER-ID"};

TEST_F(forward_auth, row_10_what_it_says_of_who_asks_a_client_can_say_on_no_route) {
    says(200); // nothing of whom
    for (const auto& name : spellings)
        for (const std::string path : {"/open", "/closed/a", "/optional", "/both", "/told"}) {
            std::vector<field> fields{{name, "forged"}, {name, "forged"}};
            if (path == "/both") fields.push_back(secret1());
            EXPECT_EQ(status(path, fields), 200) << path;
            EXPECT_THAT(app.last_request().head, Not(HasSubstr("forged"))) << path;
            EXPECT_FALSE(app.last_request().has("X-Who")) << path;
        }
    EXPECT_EQ(status("/open", {{"X_User_Id", "forged"}}), 200);
    EXPECT_THAT(app.last_request().head, Not(HasSubstr("forged")));
    EXPECT_EQ(status("/match", {{"X-User-Id", "7"}}), 404) << "no condition believes it";
    EXPECT_EQ(status("/counted", {{"X-Tenant", "forged"}}), 400) << "no limit either";
}

TEST_F(forward_auth, row_10_what_it_says_takes_the_place_of_what_the_client_says) {
    for (const auto& name : spellings) {
        EXPECT_EQ(status("/closed/a", {bearer, {name, "forged"}}), 200);
        EXPECT_THAT(app.last_request().all("X-User-Id"), ElementsAre("7"));
        EXPECT_THAT(app.last_request().head, Not(HasSubstr("forged")));
    }
    raw_client client(node.port());
    client.send(request_text("POST", "/closed/a", {bearer, {"Transfer-Encoding", "chunked"}}) +
                "0\r\nX-User-Id: forged\r\n\r\n");
    EXPECT_EQ(client.read("POST").status, 200);
    EXPECT_THAT(app.last_request().all("X-User-Id"), ElementsAre("7"));
    EXPECT_TRUE(app.last_request().trailers.empty());
}

TEST_F(forward_auth, row_11_what_it_says_cannot_be_removed_by_connection) {
    for (const auto* named :
         {"X-User-Id", "x-user-id, X-Tenant", "close, X-User-Id", "Authorization, X-User-Id"}) {
        EXPECT_EQ(status("/closed/a", {bearer, {"Connection", named}}), 200) << named;
        EXPECT_THAT(app.last_request().all("X-User-Id"), ElementsAre("7")) << named;
        EXPECT_THAT(app.last_request().all("X-Tenant"), ElementsAre("t1")) << named;
        EXPECT_EQ(authz.last_request().joined("Authorization"), bearer.second) << named;
    }
}

TEST_F(forward_auth, may_give_the_target_another_credential) {
    says(200, {{"Authorization", "Bearer of-the-service"}, {"X-User-Id", "7"}});
    for (const std::string path : {"/closed/a", "/hidden"}) {
        EXPECT_EQ(status(path, {bearer, {"Cookie", "session=1"}}), 200);
        EXPECT_THAT(app.last_request().all("Authorization"), ElementsAre("Bearer of-the-service"));
    }
    EXPECT_FALSE(app.last_request().has("Cookie")) << "hidden: it is on the list";
    EXPECT_EQ(status("/open", {bearer}), 200);
    EXPECT_THAT(app.last_request().all("Authorization"), ElementsAre(bearer.second))
        << "a credential is the client's to show, where no service has decided";
}

TEST_F(forward_auth, says_whom_limits_count) {
    EXPECT_EQ(status("/limited", {bearer, {"X-Tenant", "t9"}}), 200);
    EXPECT_EQ(status("/limited", {bearer, {"X-Tenant", "t8"}}), 200);
    EXPECT_EQ(status("/limited", {bearer, {"X-Tenant", "t7"}}), 429);
    says(200, {{"X-Tenant", "t2"}});
    EXPECT_EQ(status("/limited", {bearer}), 200);
    says(200);
    EXPECT_EQ(status("/limited", {bearer, {"X-Tenant", "t1"}}), 400) << "it named none";
}

TEST_F(forward_auth, gives_up_a_question_when_the_client_leaves) {
    std::atomic<int> abandoned = 0;
    gateway patient(std::string(config).replace(config.find("500ms"), 5, "20s"),
                    {{"app", app.address()}, {"authz", authz.address()}});
    authz.handle([&](target_exchange& ex) {
        ex.read_body();
        if (ex.client_left(10s)) ++abandoned;
    });
    raw_client client(patient.port());
    client.send(request_text("GET", "/closed/a", {bearer}));
    ASSERT_TRUE(authz.wait_for_requests(1));
    client.reset();
    EXPECT_TRUE(eventually([&] { return abandoned == 1; }, 10s));
    EXPECT_EQ(app.request_count(), 0u);
}

TEST_F(forward_auth, that_is_asked_too_much_at_once_makes_503_and_goes_on) {
    constexpr std::size_t most = 2 * (64 + 512); // on two reactors
    if (const auto files = allow_open_files(); files < 2 * most)
        GTEST_SKIP() << "too few open files allowed: " << files;
    gate open;
    authz.handle([&](target_exchange& ex) {
        ex.read_body();
        ex.wait(open);
        ex.answer(200);
    });
    gateway patient("timeouts: {request: 30s}\n" +
                        std::string(config).replace(config.find("500ms"), 5, "20s"),
                    {{"app", app.address()}, {"authz", authz.address()}});
    const auto shown = request_text("GET", "/closed/a", {bearer});
    std::vector<std::unique_ptr<raw_client>> clients;
    for (std::size_t i = 0; i < most + 20; ++i) {
        clients.push_back(std::make_unique<raw_client>(patient.port()));
        clients.back()->send(shown);
    }
    EXPECT_TRUE(eventually(
        [&] { return patient.metric("thalamus_auth_lookup_failures_total") >= 20; }, 20s));
    open.open();
    std::size_t passed = 0, unavailable = 0;
    for (const auto& client : clients) {
        const auto got = client->read("GET", 30s).status;
        passed += got == 200;
        unavailable += got == 503;
    }
    EXPECT_EQ(passed + unavailable, clients.size());
    EXPECT_GE(unavailable, 20u);
    EXPECT_GE(passed, 64u);
    EXPECT_EQ(patient.get("/closed/a", {bearer}).status, 200);
}

TEST_F(forward_auth, goes_on_after_the_authenticator_has_ended_with_questions_open) {
    gateway_options options;
    options.binary = thalamus_test_binary();
    if (options.binary.empty()) GTEST_SKIP() << "no program with test hooks";
    gate open;
    authz.handle([&](target_exchange& ex) {
        ex.read_body();
        ex.wait(open);
        ex.answer(200, "", {{"X-User-Id", "7"}});
    });
    gateway patient(std::string(config).replace(config.find("500ms"), 5, "10s"),
                    {{"app", app.address()}, {"authz", authz.address()}}, options);
    crowd clients(patient, 10, request_text("GET", "/closed/a", {bearer}));
    ASSERT_TRUE(authz.wait_for_requests(10));
    end_actors(patient, "authenticator");
    clients.expect(503);
    EXPECT_EQ(app.request_count(), 0u);
    open.open();
    clients.send();
    clients.expect(200);
}

TEST_F(forward_auth, logs_why_there_was_no_decision_with_the_request_and_without_credentials) {
    gateway loud("log: {level: warn}\n" + config,
                 {{"app", app.address()}, {"authz", authz.address()}});
    says(500);
    const auto answer = loud.get("/closed/a?key=" + keep_secret("canary-of-this-test"), {bearer});
    EXPECT_EQ(answer.status, 503);
    EXPECT_TRUE(eventually([&] {
        const auto said = loud.program().standard_error();
        return said.find("auth outside: request " + answer.joined("X-Request-Id") +
                         ": no decision: status 500") != said.npos;
    }));
}

TEST(forward_auth_by_the_demo, passes_refuses_and_forbids) {
    recording_target app;
    identity_provider idp;
    gateway node(R"(
auth: {outside: {forward: {url: "http://@idp@/check", copy: X-User-Id}}}
services: {app: {targets: ["http://@app@"]}}
routes: [{id: all, match: {path: /}, auth: outside, service: app}]
)",
                 {{"app", app.address()}, {"idp", idp.address()}});
    const auto status = [&](const json& wanted) {
        return node.get("/", {{"Authorization", "Bearer " + keep_secret(idp.token(wanted))}})
            .status;
    };
    EXPECT_EQ(status({{"sub", "alice"}}), 200);
    EXPECT_EQ(app.last_request().joined("X-User-Id"), "alice");
    EXPECT_EQ(status({{"sub", "alice"}, {"claims", {{"denied", true}}}}), 403);
    EXPECT_EQ(node.get("/").status, 401);
    const field live{"Authorization", "Bearer " + keep_secret(idp.token({{"sub", "alice"}}))};
    idp.down(true);
    EXPECT_EQ(node.get("/", {live}).status, 503);
}

} // namespace
} // namespace thalamus::test::forward_auth_test
