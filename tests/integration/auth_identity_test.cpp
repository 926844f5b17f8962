// Who a target believes asks, and where the client seems to come from: neither is for the client to
// say (rows 10, 11 and 12 of the security list), on routes with `auth` and on those without.

#include "tests/support/auth_setup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace thalamus::test::auth_identity_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string config = std::string(auth_setup::consumers) + R"(
auth: {keys: {api_key: {from: ["header:X-Api-Key"]}}}
rate_limits: {each: {key: client_ip, rate: 3/h}}
services: {app: {targets: ["http://@app@"], retry: off}}
routes:
  - {id: with, match: {path: /with}, auth: keys, service: app}
  - {id: without, match: {path: /without}, service: app}
  - {id: optional, match: {path: /optional}, auth: keys, auth_optional: true, service: app}
  - {id: inside, match: {path: /inside}, require: {ip: [10.0.0.0/8]}, service: app}
  - {id: outside, match: {path: /outside}, require: {deny_ip: [127.0.0.0/8]}, service: app}
  - {id: limited, match: {path: /limited}, rate_limit: each, service: app}
)";

const std::vector<std::string> places{"/with", "/without", "/optional"};

class auth_identity : public testing::Test, protected auth_setup {
protected:
    /// What the target sees of a request with a credential, unless that place asks for none.
    request seen(const std::string& path, std::vector<field> fields) {
        if (path == "/with") fields.push_back(secret1());
        EXPECT_EQ(node.get(path, fields).status, 200) << path;
        return app.last_request();
    }
    /// The identity is what the gateway says, or nothing, and nothing forged is anywhere.
    static void expect_own_identity(const request& of, const std::string& path) {
        const bool known = path == "/with";
        const auto only = [&](const char* name, const std::string& value) {
            EXPECT_EQ(of.all(name),
                      known ? std::vector<std::string>{value} : std::vector<std::string>{})
                << name << "\n"
                << of.head;
        };
        only("X-Consumer-Id", "acme");
        only("X-Consumer-Groups", "partners,eu.west");
        only("X-Auth-Method", "api_key");
        EXPECT_THAT(of.head, Not(HasSubstr("forged")));
        EXPECT_TRUE(of.trailers.empty());
    }

    recording_target app;
    gateway node{config, {{"app", app.address()}}};
};

TEST_F(auth_identity, row_10_of_a_client_s_own_making_never_arrives_in_any_case) {
    for (const auto& path : places)
        for (const std::string name : {"X-Consumer-Id", "X-Consumer-Groups", "X-Auth-Method"}) {
            std::string lower, upper, mixed;
            for (const char c : name) {
                lower += static_cast<char>(std::tolower(c));
                upper += static_cast<char>(std::toupper(c));
                mixed += mixed.size() % 2 ? upper.back() : lower.back();
            }
            for (const auto& spelt : {name, lower, upper, mixed})
                expect_own_identity(seen(path, {{spelt, "forged"}}), path);
        }
}

TEST_F(auth_identity, row_10_of_a_client_s_own_making_never_arrives_with_underscores) {
    for (const auto& path : places)
        for (const auto* name :
             {"X_Consumer_Id", "X-Consumer_Id", "X_Consumer-Id", "x_consumer_groups",
              "X_Auth_Method", "X-Auth_Method", "HTTP_X_CONSUMER_ID"})
            expect_own_identity(seen(path, {{name, "forged"}}), path);
}

TEST_F(auth_identity, row_10_of_a_client_s_own_making_never_arrives_however_often_it_is_sent) {
    for (const auto& path : places) {
        std::vector<field> fields;
        for (int i = 0; i < 10; ++i)
            for (const auto* name : {"X-Consumer-Id", "x-consumer-groups", "X-AUTH-METHOD"})
                fields.push_back({name, "forged"});
        expect_own_identity(seen(path, fields), path);
    }
}

TEST_F(auth_identity, row_10_in_trailers_never_arrives) {
    for (const auto& path : places) {
        std::vector<field> fields{{"Transfer-Encoding", "chunked"},
                                  {"Trailer", "X-Consumer-Id, X-Consumer-Groups, X-Auth-Method"}};
        if (path == "/with") fields.push_back(secret1());
        raw_client client(node.port());
        client.send(request_text("POST", path, fields) + chunk("body") +
                    "0\r\nX-Consumer-Id: forged\r\nx-consumer-groups: forged\r\n"
                    "X_Auth_Method: forged\r\nX-Auth-Method: forged\r\n\r\n" +
                    request_text("GET", "/without"));
        EXPECT_EQ(client.read("POST").status, 200);
        EXPECT_EQ(client.read("GET").status, 200);
        const auto all = app.requests();
        ASSERT_GE(all.size(), 2u);
        expect_own_identity(all[all.size() - 2], path);
        EXPECT_EQ(all[all.size() - 2].body, "body");
        expect_own_identity(all.back(), "/without");
    }
}

TEST_F(auth_identity, row_10_trailers_hold_no_credential) {
    raw_client client(node.port());
    client.send(request_text("POST", "/with", {{"Transfer-Encoding", "chunked"}}) + chunk("body") +
                "0\r\nX-Api-Key: secret1\r\n\r\n");
    EXPECT_EQ(client.read("POST").status, 401);
    EXPECT_EQ(app.request_count(), 0u);
}

TEST_F(auth_identity, row_11_named_in_connection_is_still_told_by_the_gateway) {
    for (const auto& path : places)
        for (const auto* named :
             {"X-Consumer-Id, X-Consumer-Groups, X-Auth-Method", "x-consumer-id",
              "close, X-AUTH-METHOD", "keep-alive, X-Consumer-Id", "X_Consumer_Id"}) {
            expect_own_identity(seen(path, {{"Connection", named}}), path);
            expect_own_identity(seen(path, {{"Connection", named},
                                            {"X-Consumer-Id", "forged"},
                                            {"X-Auth-Method", "forged"}}),
                                path);
        }
}

TEST_F(auth_identity, row_11_a_credential_named_in_connection_still_counts_and_goes_no_further) {
    EXPECT_EQ(node.get("/with", {secret1(), {"Connection", "X-Api-Key"}}).status, 200);
    EXPECT_EQ(app.last_request().joined("X-Consumer-Id"), "acme");
    EXPECT_FALSE(app.last_request().has("X-Api-Key"));
    EXPECT_EQ(node.get("/optional", {{"X-Api-Key", "wrong"}, {"Connection", "X-Api-Key"}}).status,
              401)
        << "a bad one is not overlooked";
}

TEST_F(auth_identity, row_12_an_address_of_a_client_s_own_making_opens_no_route) {
    for (const auto& claimed : std::vector<std::vector<field>>{
             {},
             {{"X-Forwarded-For", "10.1.2.3"}},
             {{"Forwarded", "for=10.1.2.3"}},
             {{"X-Real-IP", "10.1.2.3"}},
             {{"X-Client-IP", "10.1.2.3"}, {"True-Client-IP", "10.1.2.3"}},
             {{"X-Forwarded-For", "10.1.2.3, 127.0.0.1"}, {"X-Forwarded-For", "10.1.2.3"}},
             {{"X-Forwarded-For", "nonsense"}}}) {
        EXPECT_EQ(node.get("/inside", claimed).status, 403);
        EXPECT_EQ(node.get("/outside", claimed).status, 403);
    }
    EXPECT_EQ(app.request_count(), 0u);
}

TEST_F(auth_identity, row_12_an_address_of_a_client_s_own_making_gets_no_limit_of_its_own) {
    std::vector<int> answers;
    for (int i = 0; i < 5; ++i) {
        const auto ip = "10.1.2." + std::to_string(i);
        answers.push_back(
            node.get("/limited", {{"X-Forwarded-For", ip}, {"Forwarded", "for=" + ip}}).status);
    }
    EXPECT_THAT(answers, ElementsAre(200, 200, 200, 429, 429));
}

TEST_F(auth_identity, row_12_behind_a_trusted_proxy_a_client_who_cannot_be_told_is_not_admitted) {
    gateway behind("trusted_proxies: [127.0.0.0/8, 10.0.0.0/8]\n" + config,
                   {{"app", app.address()}});
    const auto status = [&](const std::string& path, const std::vector<field>& fields) {
        return behind.get(path, fields).status;
    };
    EXPECT_EQ(status("/inside", {{"X-Forwarded-For", "10.1.2.3"}}), 200);
    EXPECT_EQ(status("/outside", {{"X-Forwarded-For", "192.0.2.1"}}), 200);
    const auto known = app.request_count();
    for (const auto& unreadable : std::vector<std::vector<field>>{
             {{"X-Forwarded-For", "unknown"}},
             {{"X-Forwarded-For", "192.0.2.1, nonsense, 10.0.0.2"}}, // falls back to 10.0.0.2
             {{"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-For", "nonsense, 10.0.0.2"}},
             {{"Forwarded", "for=_hidden, for=10.0.0.2"}},
             {{"Forwarded", "proto=https"}},
             {{"Forwarded", "for=unknown"}, {"X-Forwarded-For", "10.1.2.3"}}})
        for (const auto* path : {"/inside", "/outside"})
            EXPECT_EQ(status(path, unreadable), 403) << path;
    EXPECT_EQ(app.request_count(), known);
    EXPECT_EQ(status("/without", {{"X-Forwarded-For", "unknown"}}), 200)
        << "nothing is asked of it";
}

} // namespace
} // namespace thalamus::test::auth_identity_test
