// A route with `auth`, whatever answers it: the gateway itself, a redirect, one of several
// services, a tunnel; and what a client may do with a request that is refused.

#include "tests/support/auth_setup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace thalamus::test::auth_responses_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string config = std::string(auth_setup::consumers) + R"(
auth:
  keys: {api_key: {from: ["header:X-Api-Key", "query:key", "cookie:sid"]}}
services:
  app: {targets: ["http://@app@"], retry: off}
  other: {targets: ["http://@other@"], retry: off}
routes:
  - {id: own, match: {path: /own}, auth: keys, respond: {text: mine}}
  - {id: moved, match: {path: "/old/{rest...}"}, auth: keys, hide_credentials: true, redirect: {to: "/new/{rest}?from=old"}}
  - {id: told, match: {path: /told}, auth: keys, hide_credentials: true, redirect: {to: "/new/{query.key}"}}
  - {id: half, match: {path: /half}, auth: keys, split: {on: "header:X-Side", to: [{service: app}, {service: other}]}}
  - {id: app, match: {path: "/app/{rest...}"}, auth: keys, service: app}
  - {id: hidden, match: {path: "/hidden/{rest...}"}, auth: keys, hide_credentials: true, service: app}
  - {id: open, match: {path: /open}, service: app}
)";

class auth_answers : public testing::Test, protected auth_setup {
protected:
    /// Of one request with a credential and one without, on one connection; the second is asked
    /// first.
    std::pair<response, response> both(std::string_view method, std::string_view target) {
        raw_client client(node.port());
        auto refused = client.ask(method, target);
        auto passed = client.ask(method, target, {secret1()});
        return {std::move(refused), std::move(passed)};
    }

    recording_target app{"app"}, other{"other"};
    gateway node{config, {{"app", app.address()}, {"other", other.address()}}};
};

TEST_F(auth_answers, of_the_gateway_itself_are_for_those_who_may_pass) {
    const auto [refused, passed] = both("GET", "/own");
    EXPECT_EQ(refused.status, 401);
    EXPECT_THAT(refused.body, Not(HasSubstr("mine")));
    EXPECT_EQ(passed.status, 200);
    EXPECT_EQ(passed.body, "mine");
}

TEST_F(auth_answers, of_a_redirect_tell_nobody_else_where_to) {
    const auto [refused, passed] = both("GET", "/old/a");
    EXPECT_EQ(refused.status, 401);
    EXPECT_FALSE(refused.has("Location"));
    EXPECT_EQ(passed.status, 308);
    EXPECT_EQ(passed.joined("Location"), "/new/a?from=old");
}

TEST_F(auth_answers, of_a_redirect_do_not_hand_a_hidden_credential_on) {
    EXPECT_EQ(node.get("/old/a?x=%2F&key=secret1&y=+&&z").joined("Location"),
              "/new/a?from=old&x=%2F&y=+&&z");
    EXPECT_EQ(node.get("/old/a?%6bey=secret%31").joined("Location"), "/new/a?from=old");
    const auto told = node.get("/told?key=secret1");
    EXPECT_EQ(told.status, 400) << "its template has no value";
    EXPECT_THAT(told.head + told.body, Not(HasSubstr("secret1")));
}

TEST_F(auth_answers, of_each_side_of_a_split_are_for_those_who_may_pass) {
    raw_client client(node.port());
    for (int i = 0; i < 40; ++i) {
        const field side{"X-Side", std::to_string(i)};
        EXPECT_EQ(client.get("/half", {side}).status, 401);
        EXPECT_EQ(client.get("/half", {side, secret1()}).status, 200);
    }
    EXPECT_EQ(app.request_count() + other.request_count(), 40u);
    EXPECT_GT(app.request_count(), 0u);
    EXPECT_GT(other.request_count(), 0u);
}

TEST_F(auth_answers, to_head_have_no_body_and_the_same_status) {
    for (const auto* target : {"/own", "/app/x"}) {
        raw_client client(node.port());
        client.send(request_text("HEAD", target) + request_text("HEAD", target, {secret1()}) +
                    request_text("GET", target, {secret1()}));
        const auto refused = client.read("HEAD");
        EXPECT_EQ(refused.status, 401);
        EXPECT_TRUE(refused.has("WWW-Authenticate"));
        EXPECT_EQ(client.read("HEAD").status, 200) << "no byte of a body came before it";
        EXPECT_EQ(client.read("GET").status, 200);
    }
    EXPECT_EQ(app.request_count(), 2u);
}

TEST_F(auth_answers, to_options_need_a_credential_where_no_cors_answers) {
    for (const auto* target : {"/own", "/app/x"}) {
        const auto [refused, passed] = both("OPTIONS", target);
        EXPECT_EQ(refused.status, 401);
        EXPECT_EQ(passed.status, 200);
    }
    const auto preflight =
        node.ask("OPTIONS", "/app/x",
                 {{"Origin", "https://a.example"}, {"Access-Control-Request-Method", "GET"}});
    EXPECT_EQ(preflight.status, 401) << "it looks like a preflight, which nobody answers here";
    EXPECT_EQ(app.request_count(), 1u);
}

TEST_F(auth_answers, to_an_upgrade_come_before_any_tunnel) {
    app.handle([](target_exchange& x) {
        x.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
        for (auto bytes = x.receive_raw(); !bytes.empty(); bytes = x.receive_raw()) x.send(bytes);
        x.close();
    });
    const std::vector<field> asks{{"Connection", "Upgrade"}, {"Upgrade", "echo"}};
    raw_client refused(node.port());
    refused.send(request_text("GET", "/app/chat", asks) + "early bytes");
    const auto answer = refused.read();
    EXPECT_EQ(answer.status, 401);
    EXPECT_FALSE(answer.has("Upgrade"));
    EXPECT_EQ(app.connection_count(), 0u);
    auto with = asks;
    with.push_back(secret1());
    raw_client client(node.port());
    client.send(request_text("GET", "/app/chat", with) + "early bytes");
    EXPECT_EQ(client.read().status, 101);
    EXPECT_EQ(client.read_exactly(11), "early bytes");
    client.send("and later ones");
    EXPECT_EQ(client.read_exactly(14), "and later ones");
}

TEST_F(auth_answers, hidden_credentials_leave_other_cookies_in_their_order) {
    const auto cookies = [&](const std::vector<field>& lines) {
        EXPECT_EQ(node.get("/hidden/x", lines).status, 200);
        return app.last_request().all("Cookie");
    };
    EXPECT_THAT(cookies({{"Cookie", "b=2; sid=secret1; a=1; c=\"x y\""}}),
                ElementsAre("b=2; a=1; c=\"x y\""));
    EXPECT_THAT(cookies({{"Cookie", "z=1; sids=2"}, {"Cookie", "sid=secret1"}, {"Cookie", "a=3"}}),
                ElementsAre("z=1; sids=2", "a=3"));
    EXPECT_THAT(cookies({{"Cookie", "SID=4; sid=secret1"}}), ElementsAre("SID=4"))
        << "names of cookies have a case";
    EXPECT_THAT(cookies({{"Cookie", "sid=secret1"}}), ElementsAre());
}

TEST_F(auth_answers, hidden_credentials_leave_other_parameters_byte_for_byte) {
    const auto target = [&](const std::string& query) {
        EXPECT_EQ(node.get("/hidden/x" + query).status, 200);
        return app.last_request().target;
    };
    EXPECT_EQ(target("?key=secret1"), "/hidden/x");
    EXPECT_EQ(target("?a=%2f%2F+%20&key=secret1&a&&=c&%zz"), "/hidden/x?a=%2f%2F+%20&a&&=c&%zz");
    EXPECT_EQ(target("?key=secret1&b=?/%3f"), "/hidden/x?b=?/%3f");
    EXPECT_EQ(target("?keys=1&KEY=2&k%65y=secret1&xkey=3"), "/hidden/x?keys=1&KEY=2&xkey=3");
    EXPECT_EQ(target("?a=1;key=secret1;b=2"), "/hidden/x?a=1;b=2") << "some readers split there";
}

TEST_F(auth_answers, to_who_waits_for_100_continue_come_without_it_and_without_the_body) {
    const auto ask = [](const std::vector<field>& more) {
        std::vector<field> fields{{"Expect", "100-continue"}, {"Content-Length", "4"}};
        fields.insert(fields.end(), more.begin(), more.end());
        return request_text("POST", "/app/x", fields);
    };
    raw_client refused(node.port());
    refused.send(ask({}));
    const auto answer = refused.read("POST");
    EXPECT_EQ(answer.status, 401);
    EXPECT_TRUE(answer.interim.empty());
    EXPECT_EQ(app.connection_count(), 0u);
    app.handle([](target_exchange& x) {
        x.send("HTTP/1.1 100 Continue\r\n\r\n");
        x.read_body();
        x.answer(200);
    });
    raw_client client(node.port());
    client.send(ask({secret1()}));
    EXPECT_EQ(client.read_head().status, 100);
    client.send("body");
    EXPECT_EQ(client.read("POST").status, 200);
    EXPECT_EQ(app.last_request().body, "body");
}

TEST_F(auth_answers, to_a_body_never_make_a_request_of_it) {
    const auto inner = request_text("GET", "/app/inner", {secret1()});
    for (const auto& framed :
         {std::pair<field, std::string>{{"Content-Length", std::to_string(inner.size())}, inner},
          {{"Transfer-Encoding", "chunked"}, chunk(inner) + std::string(last_chunk)}}) {
        raw_client client(node.port());
        client.send(request_text("POST", "/app/x", {framed.first}) + framed.second);
        EXPECT_EQ(client.read("POST").status, 401);
        client.finish_sending();
        EXPECT_EQ(client.read_until_close(), "") << "nothing else was asked";
    }
    EXPECT_EQ(app.request_count(), 0u);
}

TEST_F(auth_answers, to_pipelined_requests_each_look_at_their_own_credential) {
    raw_client client(node.port());
    std::string all;
    for (int i = 0; i < 20; ++i) {
        all += request_text("GET", "/app/" + std::to_string(i), {secret1()});
        all += request_text("GET", "/app/none");
        all += request_text("GET", "/open");
        all += request_text("POST", "/app/wrong", {{"X-Api-Key", "wrong"}}, "body");
    }
    client.send(all);
    for (int i = 0; i < 20; ++i)
        for (const int wanted : {200, 401, 200, 401}) EXPECT_EQ(client.read().status, wanted) << i;
    const auto seen = app.requests();
    ASSERT_EQ(seen.size(), 40u);
    for (const auto& one : seen)
        EXPECT_EQ(one.joined("X-Consumer-Id"), one.target == "/open" ? "" : "acme") << one.head;
}

} // namespace
} // namespace thalamus::test::auth_responses_test
