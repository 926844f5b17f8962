#include "http/forwarding.hpp"

#include "http/identity_fields.hpp"
#include "tests/http/head_text.hpp"

#include <gmock/gmock.h>

#include <random>

namespace thalamus::http::forwarding_request_test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

base::ip_bytes ip(std::string_view text) {
    base::ip_bytes bytes;
    EXPECT_TRUE(base::parse_ip(text, bytes)) << text;
    return bytes;
}

config::text_template text(std::string_view source) {
    return std::get<config::text_template>(config::parse_template(source));
}

/// What a test may change about how a request goes on.
struct way {
    std::string peer = "192.0.2.7";
    std::vector<config::network> trusted;
    std::vector<std::string> asserted;
    config::service_settings service;
    config::route_settings route;
    std::string path = "/a", query;
    body_framing framing = body_framing::none;
    std::uint64_t length = 0;
    bool close = false, keep_tracestate = false;
    std::string traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
};

std::string forwarded(request_head head, const way& how = {}) {
    const auto plan = make_forward_plan(how.route, how.service);
    const auto client = find_client(ip(how.peer), "http", how.trusted, head.fields);
    drop_forged_identity(head.fields, client.peer_trusted, how.asserted);
    const auto client_text = to_text(client.ip);
    const capture_list captures{{"id", "42%0D%0AX: y", false}};
    template_context context{&captures, &head.fields, how.query, client_text.view(), "example.com"};
    outgoing_request request;
    request.head = &head;
    request.path = how.path;
    request.query = how.query;
    request.authority = find(head.fields, field_id::host);
    request.target_authority = "users-1:8000";
    request.client = &client;
    request.request_id = "id-1";
    request.traceparent = how.traceparent;
    request.keep_tracestate = how.keep_tracestate;
    request.framing = how.framing;
    request.content_length = how.length;
    request.close = how.close;
    request.context = &context;
    std::string out = "before";
    write_request_head(plan, request, out);
    EXPECT_TRUE(out.starts_with("before"));
    return out.substr(6);
}

std::string forwarded(std::string_view lines, const way& how = {}) {
    const request_text request(lines);
    return forwarded(request.head, how);
}

way from_trusted(std::string peer = "10.0.0.1") {
    way how;
    how.peer = std::move(peer);
    how.trusted = {{ip("10.0.0.0"), 104}};
    return how;
}

TEST(forwarded_request, is_what_it_looks_like) {
    EXPECT_EQ(forwarded("Accept: */*\r\nUser-Agent: x\r\n", {.query = "?q="}),
              "GET /a?q= HTTP/1.1\r\n"
              "Host: example.com\r\n"
              "Accept: */*\r\n"
              "User-Agent: x\r\n"
              "Via: 1.1 thalamus\r\n"
              "X-Forwarded-For: 192.0.2.7\r\n"
              "X-Forwarded-Proto: http\r\n"
              "X-Forwarded-Host: example.com\r\n"
              "Forwarded: for=192.0.2.7;host=example.com;proto=http\r\n"
              "X-Request-Id: id-1\r\n"
              "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
              "\r\n");
}

TEST(forwarded_request, keeps_end_to_end_fields_in_their_order_and_spelling) {
    const auto lines = lines_of(forwarded(
        "b: 1\r\nB: 2\r\nEmpty:\r\nAUTHORIZATION:tight\r\nCookie: \t a=b; c \r\nA: \xff\x80\r\n"));
    EXPECT_THAT(std::vector(lines.begin() + 2, lines.begin() + 8),
                ElementsAre("b: 1", "B: 2", "Empty: ", "AUTHORIZATION: tight", "Cookie: a=b; c",
                            "A: \xff\x80"));
}

TEST(forwarded_request, drops_what_belongs_to_the_connection) {
    const auto head = forwarded(
        "Connection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\n"
        "Proxy-Authorization: Basic x\r\nTE: trailers\r\nTrailer: X-T\r\nX-Hop: 1\r\nx-hop: 2\r\n"
        "HTTP2-Settings: x\r\nUpgrade: websocket\r\nX-Kept: 1\r\nX-Hops: 1\r\n");
    for (auto name : {"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "TE",
                      "Trailer", "X-Hop", "HTTP2-Settings", "Upgrade"})
        EXPECT_THAT(values_of(head, name), IsEmpty()) << name;
    EXPECT_THAT(values_of(head, "X-Kept"), ElementsAre("1"));
    EXPECT_THAT(values_of(head, "X-Hops"), ElementsAre("1"));
}

// features.md section 4, row 11.
TEST(forwarded_request, connection_takes_away_the_clients_fields_but_none_of_the_gateways) {
    const auto head = forwarded(
        "X-Forwarded-For: 6.6.6.6\r\nAuthorization: Bearer x\r\nX-User-Id: me\r\nCookie: a=b\r\n"
        "Connection: X-Forwarded-For, Authorization, X-User-Id , , X-Request-Id, Via, Host,"
        " X-Forwarded-Proto, Forwarded, traceparent, Content-Length\r\nContent-Length: 3\r\n",
        {.framing = body_framing::length, .length = 3});
    EXPECT_THAT(values_of(head, "Authorization"), IsEmpty());
    EXPECT_THAT(values_of(head, "X-User-Id"), IsEmpty());
    EXPECT_THAT(values_of(head, "Cookie"), ElementsAre("a=b"));
    EXPECT_THAT(values_of(head, "X-Forwarded-For"), ElementsAre("192.0.2.7"));
    EXPECT_THAT(values_of(head, "X-Forwarded-Proto"), ElementsAre("http"));
    EXPECT_THAT(values_of(head, "X-Request-Id"), ElementsAre("id-1"));
    EXPECT_THAT(values_of(head, "Host"), ElementsAre("example.com"));
    EXPECT_THAT(values_of(head, "Via"), ElementsAre("1.1 thalamus"));
    EXPECT_THAT(values_of(head, "Content-Length"), ElementsAre("3"));
    EXPECT_EQ(values_of(head, "traceparent").size(), 1u);
}

TEST(forged_identity, is_gone_before_anybody_reads_the_fields) {
    const request_text text(
        "Remote-User: root\r\nX-Consumer-Id: root\r\nX-User-Id: 7\r\nx-user-id: "
        "8\r\nX-Forwarded-For: 6.6.6.6\r\n"
        "Accept: */*\r\nX-Real-IP: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\nX-Other: 1\r\n");
    const std::vector<std::string> asserted{"x-user-id", "remote-user"};
    auto fields = text.head.fields;
    drop_forged_identity(fields, false, asserted);
    for (const auto* gone :
         {"X-Consumer-Id", "X-User-Id", "X-Forwarded-For", "X-Real-IP", "Forwarded"})
        EXPECT_EQ(find(fields, gone).data(), nullptr) << gone;
    EXPECT_EQ(find(fields, "Accept"), "*/*");
    EXPECT_EQ(find(fields, "X-Other"), "1");
    fields = text.head.fields;
    drop_forged_identity(fields, true, asserted);
    EXPECT_EQ(find(fields, "X-Real-IP"), "6.6.6.6") << "a trusted proxy may say that";
    EXPECT_EQ(find(fields, "Forwarded"), "for=6.6.6.6");
    for (const auto* gone : {"X-Consumer-Id", "X-User-Id", "Remote-User"})
        EXPECT_EQ(find(fields, gone).data(), nullptr) << gone << ": nor may a trusted proxy";
}

TEST(forwarded_request, keeps_fields_of_the_gateway_s_own_though_connection_names_them) {
    const request_text text("Connection: X-User-Id, X-Other\r\nX-Other: 1\r\n");
    auto head = text.head;
    head.fields.push_back({field_id::other, "X-User-Id", "7", true});
    const auto out = forwarded(head);
    EXPECT_THAT(values_of(out, "X-User-Id"), ElementsAre("7"));
    EXPECT_THAT(values_of(out, "X-Other"), ElementsAre());
}

// features.md section 4, row 10.
TEST(forwarded_request, drops_identities_that_clients_claim) {
    const auto head = forwarded(
        "X-Consumer-Id: root\r\nx-consumer-username: root\r\nX-CONSUMER-GROUPS: admin\r\n"
        "X-Auth-Method: jwt\r\nX-Authenticated-Userid: 1\r\nX-Credential-Identifier: 1\r\n"
        "X-Forwarded-User: root\r\nX-Forwarded-Client-Cert: x\r\nRemote-User: root\r\n"
        "X-Real-IP: 6.6.6.6\r\nTrue-Client-IP: 6.6.6.6\r\ncf-connecting-ip: 6.6.6.6\r\nClient-IP: "
        "6.6.6.6\r\n"
        "X-Cluster-Client-IP: 6.6.6.6\r\nSSL-Client-Cert: x\r\nX-Forwarded-Port: "
        "1\r\nX_Consumer_Id: root\r\nX-Consumer_Id: root\r\n"
        "X_Forwarded_For: 6.6.6.6\r\nContent_Length: 5\r\nX-Auth-Token: kept\r\nX-User-Id: "
        "kept\r\n");
    EXPECT_THAT(head, Not(HasSubstr("root")));
    EXPECT_THAT(head, Not(HasSubstr("6.6.6.6")));
    EXPECT_THAT(head, Not(HasSubstr("_")));
    EXPECT_THAT(head, Not(HasSubstr("jwt")));
    EXPECT_THAT(head, Not(HasSubstr("X-Forwarded-Port")));
    EXPECT_THAT(values_of(head, "X-Auth-Token"), ElementsAre("kept"));
    EXPECT_THAT(values_of(head, "X-User-Id"), ElementsAre("kept"));
}

TEST(forwarded_request, rebuilds_who_the_client_is_for_an_untrusted_peer) {
    const auto head = forwarded(
        "X-Forwarded-For: 6.6.6.6\r\nx-forwarded-for: 7.7.7.7\r\nX-Forwarded-Proto: https\r\n"
        "X-Forwarded-Host: evil\r\nForwarded: for=6.6.6.6\r\n");
    EXPECT_THAT(values_of(head, "X-Forwarded-For"), ElementsAre("192.0.2.7"));
    EXPECT_THAT(values_of(head, "X-Forwarded-Proto"), ElementsAre("http"));
    EXPECT_THAT(values_of(head, "X-Forwarded-Host"), ElementsAre("example.com"));
    EXPECT_THAT(values_of(head, "Forwarded"),
                ElementsAre("for=192.0.2.7;host=example.com;proto=http"));
    const auto six = forwarded("", {.peer = "2001:db8::1"});
    EXPECT_THAT(values_of(six, "X-Forwarded-For"), ElementsAre("2001:db8::1"));
    EXPECT_THAT(values_of(six, "Forwarded"),
                ElementsAre("for=\"[2001:db8::1]\";host=example.com;proto=http"));
}

TEST(forwarded_request, extends_what_a_trusted_proxy_says) {
    const auto head = forwarded(
        "X-Forwarded-For: 1.2.3.4, 10.0.0.9\r\nX-Forwarded-Proto: https\r\n"
        "X-Forwarded-Host: shop.example\r\nX-Forwarded-Port: 443\r\nX-Real-IP: 1.2.3.4\r\n",
        from_trusted());
    EXPECT_THAT(values_of(head, "X-Forwarded-For"), ElementsAre("1.2.3.4, 10.0.0.9, 10.0.0.1"));
    EXPECT_THAT(values_of(head, "X-Forwarded-Proto"), ElementsAre("https"));
    EXPECT_THAT(values_of(head, "X-Forwarded-Host"), ElementsAre("shop.example"));
    EXPECT_THAT(values_of(head, "X-Forwarded-Port"), ElementsAre("443"));
    EXPECT_THAT(values_of(head, "X-Real-IP"), ElementsAre("1.2.3.4"));
    EXPECT_THAT(
        values_of(head, "Forwarded"),
        ElementsAre(
            "for=1.2.3.4;host=shop.example;proto=https, for=10.0.0.1;host=example.com;proto=http"));
    const auto other = forwarded(
        "Forwarded: for=1.2.3.4;proto=https\r\nForwarded: for=10.0.0.8\r\n", from_trusted());
    EXPECT_THAT(
        values_of(other, "Forwarded"),
        ElementsAre(
            "for=1.2.3.4;proto=https, for=10.0.0.8, for=10.0.0.1;host=example.com;proto=http"));
    EXPECT_THAT(values_of(other, "X-Forwarded-For"), ElementsAre("1.2.3.4, 10.0.0.1"));
    EXPECT_THAT(values_of(other, "X-Forwarded-Proto"), ElementsAre("https"));
}

TEST(forwarded_request, quotes_hosts_that_are_no_token) {
    const request_text request("", "GET /a HTTP/1.1\r\nHost: example.com:8080\r\n");
    EXPECT_THAT(values_of(forwarded(request.head), "Forwarded"),
                ElementsAre("for=192.0.2.7;host=\"example.com:8080\";proto=http"));
}

TEST(forwarded_request, adds_itself_to_via) {
    EXPECT_THAT(values_of(forwarded("Via: 1.0 fred\r\nVIA: 1.1 p.example\r\n"), "Via"),
                ElementsAre("1.0 fred, 1.1 p.example, 1.1 thalamus"));
    EXPECT_THAT(values_of(forwarded("Via:\r\n"), "Via"), ElementsAre("1.1 thalamus"));
    const request_text old("", "GET /a HTTP/1.0\r\nHost: h\r\n");
    EXPECT_THAT(values_of(forwarded(old.head), "Via"), ElementsAre("1.0 thalamus"));
}

TEST(forwarded_request, has_the_host_that_service_and_route_say) {
    way how;
    how.service.host = config::host_policy::target;
    EXPECT_THAT(values_of(forwarded("", how), "Host"), ElementsAre("users-1:8000"));
    how.service.host = config::host_policy::literal;
    how.service.host_literal = "internal";
    EXPECT_THAT(values_of(forwarded("", how), "Host"), ElementsAre("internal"));
    how.route.rewrite.host = text("{header.x-tenant}.internal");
    EXPECT_THAT(values_of(forwarded("X-Tenant: acme\r\n", how), "Host"),
                ElementsAre("acme.internal"));
    EXPECT_THAT(values_of(forwarded("", how), "Host"), ElementsAre("internal"))
        << "a missing value";
    EXPECT_THAT(values_of(forwarded("X-Tenant: a@b/c\r\n", how), "Host"), ElementsAre("internal"));
    const request_text without("", "GET /a HTTP/1.0\r\n");
    EXPECT_THAT(values_of(forwarded(without.head), "Host"), ElementsAre("users-1:8000"));
    EXPECT_THAT(values_of(forwarded(without.head), "X-Forwarded-Host"), IsEmpty());
}

TEST(forwarded_request, writes_framing_itself) {
    const auto fixed =
        forwarded("Content-Length: 5\r\n", {.framing = body_framing::length, .length = 5});
    EXPECT_THAT(values_of(fixed, "Content-Length"), ElementsAre("5"));
    EXPECT_THAT(values_of(fixed, "Transfer-Encoding"), IsEmpty());
    const request_text chunked("Transfer-Encoding: Chunked\r\nTrailer: X\r\n",
                               "POST /a HTTP/1.1\r\nHost: h\r\n");
    const auto head = forwarded(chunked.head, {.framing = body_framing::chunked});
    EXPECT_THAT(values_of(head, "Transfer-Encoding"), ElementsAre("chunked"));
    EXPECT_THAT(values_of(head, "Content-Length"), IsEmpty());
    const auto none = forwarded("Content-Length: 0\r\n");
    EXPECT_THAT(values_of(none, "Content-Length"), IsEmpty());
    EXPECT_THAT(values_of(forwarded("", {.close = true}), "Connection"), ElementsAre("close"));
}

TEST(forwarded_request, passes_on_expectations_only_with_a_body) {
    const request_text request("Expect: 100-continue\r\nContent-Length: 5\r\n",
                               "POST /a HTTP/1.1\r\nHost: h\r\n");
    EXPECT_THAT(values_of(forwarded(request.head, {.framing = body_framing::length, .length = 5}),
                          "Expect"),
                ElementsAre("100-continue"));
    EXPECT_THAT(values_of(forwarded(request.head), "Expect"), IsEmpty());
}

TEST(forwarded_request, upgrades_but_never_to_http) {
    const auto ws = forwarded(
        "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n");
    EXPECT_THAT(values_of(ws, "Connection"), ElementsAre("Upgrade"));
    EXPECT_THAT(values_of(ws, "Upgrade"), ElementsAre("websocket"));
    EXPECT_THAT(values_of(ws, "Sec-WebSocket-Key"), ElementsAre("k"));
    for (auto protocol : {"h2c", "H2C", "websocket, h2c", "HTTP/2.0", "TLS/1.0"}) {
        const auto head = forwarded(
            std::string("Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: x\r\nUpgrade: ") +
            protocol + "\r\n");
        EXPECT_THAT(values_of(head, "Upgrade"), IsEmpty()) << protocol;
        EXPECT_THAT(values_of(head, "Connection"), IsEmpty()) << protocol;
    }
}

TEST(forwarded_request, drops_tracestate_with_its_trace) {
    EXPECT_THAT(values_of(forwarded("traceparent: bad\r\ntracestate: a=1\r\n"), "tracestate"),
                IsEmpty());
    const auto kept =
        forwarded("tracestate: a=1\r\ntracestate: b=2\r\n", {.keep_tracestate = true});
    EXPECT_THAT(values_of(kept, "tracestate"), ElementsAre("a=1", "b=2"));
    EXPECT_EQ(values_of(kept, "traceparent").size(), 1u);
}

TEST(forwarded_request, is_edited_last) {
    way how;
    how.route.request_headers.remove = {"X-Debug", "cookie", "x-forwarded-for"};
    how.route.request_headers.set = {
        {"X-Tenant", text("{header.x-plan}")}, {"Accept", text("text/html")}, {"X-A", text("1")}};
    how.route.request_headers.add = {
        {"X-A", text("2")}, {"X-Id", text("<{id}>")}, {"X-Ip", text("{client_ip}")}};
    const auto head = forwarded(
        "x-debug: 1\r\nCookie: a\r\nX-Tenant: forged\r\nAccept: */*\r\nX-A: 0\r\nX-B: 0\r\n", how);
    EXPECT_THAT(values_of(head, "X-Debug"), IsEmpty());
    EXPECT_THAT(values_of(head, "Cookie"), IsEmpty());
    EXPECT_THAT(values_of(head, "X-Forwarded-For"), IsEmpty());
    EXPECT_THAT(values_of(head, "X-Tenant"), IsEmpty())
        << "the value is missing: not even the client's";
    EXPECT_THAT(values_of(head, "Accept"), ElementsAre("text/html"));
    EXPECT_THAT(values_of(head, "X-A"), ElementsAre("1", "2"));
    EXPECT_THAT(values_of(head, "X-B"), ElementsAre("0"));
    EXPECT_THAT(values_of(head, "X-Id"), ElementsAre("<42%0D%0AX: y>"));
    EXPECT_THAT(values_of(head, "X-Ip"), ElementsAre("192.0.2.7"));
}

// RFC 9110 7.6.2.
TEST(forwarded_request, counts_max_forwards_of_options_and_trace_down) {
    const auto sent = [](std::string_view method, std::string_view value) {
        const request_text request("Max-Forwards: " + std::string(value) + "\r\n",
                                   std::string(method) + " /a HTTP/1.1\r\nHost: h\r\n");
        auto values = values_of(forwarded(request.head), "Max-Forwards");
        values.push_back(ends_here(request.head) ? "ends" : "goes on");
        return values;
    };
    EXPECT_THAT(sent("OPTIONS", "5"), ElementsAre("4", "goes on"));
    EXPECT_THAT(sent("TRACE", "1"), ElementsAre("0", "goes on"));
    EXPECT_THAT(sent("TRACE", "010"), ElementsAre("9", "goes on"));
    EXPECT_EQ(sent("OPTIONS", "0").back(), "ends");
    EXPECT_EQ(sent("TRACE", "000").back(), "ends");
    EXPECT_THAT(sent("GET", "0"), ElementsAre("0", "goes on")) << "may be ignored with others";
    for (auto bad : {"", "-1", "+1", "1, 2", "x", "99999999999999999999"})
        EXPECT_THAT(sent("OPTIONS", bad), ElementsAre(bad, "goes on"));
    const request_text without("", "OPTIONS /a HTTP/1.1\r\nHost: h\r\n");
    EXPECT_FALSE(ends_here(without.head));
    EXPECT_THAT(values_of(forwarded(without.head), "Max-Forwards"), IsEmpty());
}

TEST(forwarded_request, reads_the_same_from_one_buffer_or_from_many) {
    std::mt19937_64 random(7);
    const std::vector<std::string> names = {
        "Accept", "X-A",           "X-B", "x_c",        "Cookie",          "Connection",
        "Via",    "X-Consumer-Id", "TE",  "User-Agent", "X-Forwarded-For", "Keep-Alive"};
    const std::vector<std::string> values = {"", "a", "close", "x-a, cookie", "b-c", "1.1.1.1"};
    for (int i = 0; i < 2000; ++i) {
        std::string lines;
        for (auto n = random() % 10; n > 0; --n) {
            lines += names[random() % names.size()] + (random() % 4 == 0 ? ":" : ": ") +
                     values[random() % values.size()];
            lines += random() % 8 == 0 ? " \r\n" : "\r\n";
        }
        const request_text request(lines);
        std::vector<std::string> copies;
        copies.reserve(2 * request.head.fields.size());
        auto scattered = request.head;
        for (auto& f : scattered.fields) {
            f.name = copies.emplace_back(f.name);
            f.value = copies.emplace_back(f.value);
        }
        ASSERT_EQ(forwarded(request.head), forwarded(scattered)) << lines;
    }
}

} // namespace
} // namespace thalamus::http::forwarding_request_test
