// Fields on their way: hop-by-hop and forwarding fields, identities, edits, ids (rows 10, 11, 12 of
// the security list).

#include "tests/support/plain_gateway.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace thalamus::test::forwarding_test {
namespace {

TEST(forwarding, removes_hop_by_hop_fields_both_ways) {
    recording_target target([](target_exchange& x) {
        x.answer(200, "ok",
                 {{"Connection", "X-Private, keep-alive"},
                  {"X-Private", "1"},
                  {"Keep-Alive", "timeout=9"},
                  {"Proxy-Connection", "close"},
                  {"Proxy-Authenticate", "Basic"},
                  {"X-Public", "1"}});
    });
    plain_gateway gateway(target);
    auto answer = gateway.get("/", {{"Connection", "X-Secret, x-other, close-not"},
                                    {"X-Secret", "1"},
                                    {"X-Other", "2"},
                                    {"Keep-Alive", "300"},
                                    {"Proxy-Connection", "keep-alive"},
                                    {"TE", "trailers"},
                                    {"Proxy-Authorization", "Basic eA=="},
                                    {"X-Stays", "3"}});
    auto seen = target.last_request();
    for (auto* name :
         {"X-Secret", "X-Other", "Keep-Alive", "Proxy-Connection", "TE", "Proxy-Authorization"})
        EXPECT_FALSE(seen.has(name)) << name;
    EXPECT_EQ(seen.get("X-Stays"), "3");
    EXPECT_FALSE(same_text(seen.joined("Connection"), "close"));
    for (auto* name : {"X-Private", "Keep-Alive", "Proxy-Connection"})
        EXPECT_FALSE(answer.has(name)) << name;
    EXPECT_EQ(answer.get("X-Public"), "1");
}

TEST(forwarding, connection_cannot_remove_the_gateway_s_own_fields) {
    recording_target target;
    plain_gateway gateway(target, "", "", ", request_headers: {set: {X-Tenant: acme}}");
    gateway.get("/",
                {{"Connection",
                  "close, X-Forwarded-For, X-Forwarded-Proto, X-Tenant, Via, X-Request-Id, Host, "
                  "Forwarded, traceparent, Authorization"},
                 {"X-Forwarded-For", "1.2.3.4"}});
    auto seen = target.last_request();
    EXPECT_EQ(seen.joined("X-Forwarded-For"), "127.0.0.1");
    for (auto* name : {"X-Forwarded-Proto", "X-Tenant", "Via", "X-Request-Id", "Host", "Forwarded",
                       "traceparent"})
        EXPECT_TRUE(seen.has(name)) << name << "\n" << seen.head;
}

TEST(forwarding, rebuilds_forwarding_fields_of_untrusted_clients) {
    recording_target target;
    plain_gateway gateway(target);
    gateway.get("/", {{"Host", "shop.example"},
                      {"X-Forwarded-For", "1.2.3.4"},
                      {"X-Forwarded-For", "5.6.7.8"},
                      {"X-Forwarded-Proto", "https"},
                      {"X-Forwarded-Host", "evil.example"},
                      {"Forwarded", "for=9.9.9.9;host=evil.example"},
                      {"X-Real-IP", "1.2.3.4"},
                      {"Via", "1.0 fred"}});
    auto seen = target.last_request();
    EXPECT_EQ(seen.joined("X-Forwarded-For"), "127.0.0.1");
    EXPECT_EQ(seen.joined("X-Forwarded-Proto"), "http");
    EXPECT_EQ(seen.joined("X-Forwarded-Host"), "shop.example");
    EXPECT_EQ(seen.joined("Forwarded").find("9.9.9.9"), std::string::npos) << seen.head;
    EXPECT_NE(seen.joined("Forwarded").find("for=127.0.0.1"), std::string::npos) << seen.head;
    EXPECT_TRUE(seen.joined("Via").starts_with("1.0 fred, 1.1 ")) << seen.joined("Via");
    EXPECT_NE(seen.joined("X-Real-IP"), "1.2.3.4");
    auto line = gateway.wait_for_log([](auto&) { return true; });
    EXPECT_EQ(line["client"], "127.0.0.1");
}

TEST(forwarding, extends_forwarding_fields_of_trusted_proxies) {
    recording_target target;
    plain_gateway gateway(target, "trusted_proxies: [127.0.0.0/8, 10.0.0.0/8]");
    auto client_of = [&](const std::vector<field>& fields) {
        auto id = gateway.get("/", fields).joined("X-Request-Id");
        return gateway
            .wait_for_log([&](auto& entry) { return entry.value("request_id", "") == id; })
            .value("client", "");
    };
    EXPECT_EQ(client_of({{"X-Forwarded-For", "9.9.9.9, 203.0.113.7, 10.1.1.1"},
                         {"X-Forwarded-Proto", "https"}}),
              "203.0.113.7");
    auto seen = target.last_request();
    EXPECT_EQ(seen.joined("X-Forwarded-For"), "9.9.9.9, 203.0.113.7, 10.1.1.1, 127.0.0.1");
    EXPECT_EQ(client_of({{"X-Forwarded-For", "203.0.113.7:4711"}}), "203.0.113.7");
    EXPECT_EQ(client_of({{"X-Forwarded-For", "[2001:db8::1]:80"}}), "2001:db8::1");
    EXPECT_EQ(client_of({{"X-Forwarded-For", "203.0.113.7, nonsense, 10.1.1.1"}}), "10.1.1.1");
    EXPECT_EQ(client_of({{"Forwarded", "for=198.51.100.1"}, {"X-Forwarded-For", "203.0.113.7"}}),
              "198.51.100.1");
    EXPECT_EQ(client_of({}), "127.0.0.1");
}

TEST(forwarding, drops_names_with_underscores_and_identities_of_clients) {
    recording_target target;
    plain_gateway gateway(target);
    gateway.get("/", {{"X_Forwarded_For", "1.2.3.4"},
                      {"X-Consumer-Id", "root"},
                      {"x-consumer-groups", "admins"},
                      {"X-CONSUMER-ID", "root2"},
                      {"X-Auth-Method", "none"},
                      {"X_Consumer_Id", "root"},
                      {"X-Consumer_Id", "root"},
                      {"some_thing", "1"},
                      {"X-Consumer-Anything", "x"},
                      {"X-Fine", "1"}});
    auto seen = target.last_request();
    for (auto& [name, value] : seen.fields) {
        EXPECT_EQ(name.find('_'), std::string::npos) << name;
        EXPECT_FALSE(same_text(name.substr(0, 11), "x-consumer-")) << name;
        EXPECT_FALSE(same_text(name, "x-auth-method")) << name;
    }
    EXPECT_EQ(seen.get("X-Fine"), "1");
    raw_client client(gateway.port());
    client.send("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\nTrailer: "
                "X-Consumer-Id\r\n\r\n"
                "0\r\nX-Consumer-Id: root\r\n\r\n");
    EXPECT_EQ(client.read().status, 200);
    EXPECT_FALSE(target.last_request().has("X-Consumer-Id"));
    EXPECT_TRUE(target.last_request().trailers.empty());
}

TEST(forwarding, edits_request_and_answer_fields_by_template) {
    recording_target target([](target_exchange& x) {
        x.answer(200, "ok", {{"Server", "secret/1.0"}, {"X-Both", "target"}, {"X-Kept", "1"}});
    });
    gateway gateway(R"(
services: {app: {targets: ["http://@app@"]}}
routes:
  - id: user
    match: {path: "/users/{id}"}
    request_headers:
      set: {X-User: "{id}", X-Page: "{query.page}", X-Client: "{client_ip}", X-At: "{host}", X-Copy: "<{header.X-Src}>"}
      add: {X-Both: gateway}
      remove: [X-Debug]
    response_headers: {set: {X-User: "{id}"}, add: {Set-Cookie: [a=1, b=2], X-Both: gateway}, remove: [Server]}
    service: app
)",
                    {{"app", target.address()}});
    auto answer = gateway.get("/users/a%20b?page=3", {{"X-Debug", "1"},
                                                      {"X-Both", "client"},
                                                      {"X-User", "forged"},
                                                      {"Host", "shop.example"},
                                                      {"X-Src", "from"}});
    auto seen = target.last_request();
    EXPECT_EQ(seen.all("X-User").size(), 1u);
    EXPECT_EQ(seen.joined("X-Page"), "3");
    EXPECT_EQ(seen.joined("X-Client"), "127.0.0.1");
    EXPECT_EQ(seen.joined("X-At"), "shop.example");
    EXPECT_EQ(seen.joined("X-Copy"), "<from>");
    EXPECT_EQ(seen.joined("X-Both"), "client, gateway");
    EXPECT_FALSE(seen.has("X-Debug"));
    EXPECT_FALSE(answer.has("Server"));
    EXPECT_EQ(answer.joined("X-Both"), "target, gateway");
    EXPECT_EQ(answer.all("Set-Cookie"), std::vector<std::string>({"a=1", "b=2"}));
    EXPECT_EQ(answer.get("X-Kept"), "1");
    gateway.get("/users/x");
    EXPECT_FALSE(target.last_request().has("X-Page")) << "a missing value leaves the entry out";
}

TEST(forwarding, no_value_of_a_client_adds_a_line) {
    recording_target target;
    plain_gateway gateway(target, "", "",
                          ", request_headers: {set: {X-Q: \"{query.q}\"}}, response_headers: {set: "
                          "{X-Q: \"{query.q}\"}}");
    for (std::string value : {"a%0d%0aX-Evil:%201", "a%0aX-Evil:1", "a%00b", "a%0dX-Evil:1"}) {
        auto answer = gateway.get("/?q=" + value);
        EXPECT_FALSE(answer.has("X-Evil"));
        for (auto& seen : target.requests()) EXPECT_FALSE(seen.has("X-Evil")) << seen.head;
    }
}

TEST(forwarding, sends_the_host_that_the_service_asks_for) {
    recording_target target;
    const std::map<std::string, std::string> expected = {{"preserve", "shop.example:81"},
                                                         {"target", target.address()},
                                                         {"inside.example", "inside.example"}};
    for (auto& [setting, host] : expected) {
        plain_gateway gateway(target, "", ", host: " + setting);
        gateway.get("/", {{"Host", "shop.example:81"}});
        EXPECT_EQ(target.last_request().joined("Host"), host);
        EXPECT_EQ(target.last_request().joined("X-Forwarded-Host"), "shop.example:81");
    }
}

TEST(forwarding, makes_request_ids_and_accepts_them_from_trusted_proxies_only) {
    recording_target target;
    for (bool trusted : {false, true}) {
        plain_gateway gateway(target, trusted ? "trusted_proxies: [127.0.0.1/32]" : "");
        auto first = gateway.get("/"), second = gateway.get("/");
        EXPECT_GE(first.joined("X-Request-Id").size(), 16u);
        EXPECT_NE(first.joined("X-Request-Id"), second.joined("X-Request-Id"));
        auto given = gateway.get("/", {{"X-Request-Id", "given-by-client-1"}});
        EXPECT_EQ(given.joined("X-Request-Id") == "given-by-client-1", trusted);
        EXPECT_EQ(target.last_request().joined("X-Request-Id"), given.joined("X-Request-Id"));
        auto odd = gateway.get("/", {{"X-Request-Id", "a b\"<script>" + std::string(300, 'x')}});
        EXPECT_LT(odd.joined("X-Request-Id").size(), 200u);
    }
}

TEST(forwarding, continues_a_trace_or_starts_one) {
    recording_target target;
    plain_gateway gateway(target);
    const std::string id = "0af7651916cd43dd8448eb211c80319c";
    gateway.get("/", {{"traceparent", "00-" + id + "-b7ad6b7169203331-01"}, {"tracestate", "a=1"}});
    auto seen = target.last_request();
    EXPECT_TRUE(seen.joined("traceparent").starts_with("00-" + id + "-")) << seen.head;
    EXPECT_TRUE(seen.joined("traceparent").ends_with("-01")) << seen.head;
    EXPECT_EQ(seen.get("tracestate"), "a=1");
    const std::vector<std::string> none = {"", "00-0-0-00", "ff-" + id + "-b7ad6b7169203331-01",
                                           "00-" + std::string(32, '0') + "-b7ad6b7169203331-01"};
    for (auto& bad : none) {
        gateway.get("/",
                    bad.empty() ? std::vector<field>{} : std::vector<field>{{"traceparent", bad}});
        auto made = target.last_request().joined("traceparent");
        EXPECT_EQ(made.size(), 55u) << made;
        EXPECT_NE(made, bad);
        EXPECT_EQ(made.find(id), std::string::npos);
    }
}

} // namespace
} // namespace thalamus::test::forwarding_test
