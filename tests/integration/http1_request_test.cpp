// Request lines and heads: forms of the target, Host, limits, arrival in pieces.

#include "tests/support/plain_gateway.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace thalamus::test::http1_request_test {
namespace {

TEST(http1_request, takes_a_request_in_two_pieces_cut_anywhere) {
    recording_target target([](target_exchange& x) { x.answer(200, x.read_body()); });
    plain_gateway gateway(target);
    const auto text = request_text("POST", "/path?query", {{"X-One", "value"}}, "the body");
    const auto chunked = request_text("POST", "/", {{"Transfer-Encoding", "chunked"}},
                                      chunk("the ") + chunk("body") + std::string(last_chunk));
    for (auto& whole : {text, chunked}) {
        std::vector<std::unique_ptr<raw_client>> clients;
        for (std::size_t cut = 1; cut < whole.size(); ++cut)
            clients.emplace_back(std::make_unique<raw_client>(gateway.port()))
                ->send(whole.substr(0, cut));
        for (int i = 0; i < 8; ++i) // by now the reactors have read the first pieces
            ASSERT_EQ(gateway.ask("POST", "/", {}, "x").status, 200);
        for (std::size_t cut = 1; cut < whole.size(); ++cut)
            clients[cut - 1]->send(whole.substr(cut));
        for (std::size_t cut = 1; cut < whole.size(); ++cut)
            ASSERT_EQ(clients[cut - 1]->read().body, "the body") << "cut at " << cut;
    }
}

TEST(http1_request, takes_a_request_byte_by_byte) {
    recording_target target([](target_exchange& x) { x.answer(200, x.read_body()); });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    for (int i = 0; i < 3; ++i) {
        client.send_in_pieces(request_text("POST", "/", {}, "drop by drop"), 1);
        EXPECT_EQ(client.read().body, "drop by drop");
    }
}

TEST(http1_request, absolute_form_counts_as_its_path_and_authority) {
    recording_target target;
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send("GET http://Example.com:81/a/b?c HTTP/1.1\r\nHost: example.com:81\r\n\r\n");
    EXPECT_EQ(client.read().status, 200);
    auto seen = target.last_request();
    EXPECT_EQ(seen.target, "/a/b?c");
    EXPECT_EQ(seen.all("Host").size(), 1u);
    EXPECT_TRUE(same_text(seen.joined("Host"), "example.com:81")) << seen.head;
    client.send("GET http://example.com HTTP/1.1\r\nHost: example.com\r\n\r\n");
    EXPECT_EQ(client.read().status, 200);
    EXPECT_EQ(target.last_request().target, "/");
}

TEST(http1_request, absolute_form_is_routed_by_its_authority) {
    recording_target inside("inside"), outside("outside");
    gateway gateway(R"(
services: {inside: {targets: ["http://@inside@"]}, outside: {targets: ["http://@outside@"]}}
routes:
  - {id: inside, match: {path: "/{rest...}", hosts: [inside.example]}, service: inside}
  - {id: outside, match: {path: "/{rest...}"}, service: outside}
)",
                    {{"inside", inside.address()}, {"outside", outside.address()}});
    for (std::string side : {"inside", "outside"}) {
        raw_client client(gateway.port());
        client.send("GET http://" + side + ".example/ HTTP/1.1\r\nHost: " + side +
                    ".example\r\n\r\n");
        EXPECT_EQ(client.read().body, side);
        client.send("GET http://" + side + ".example/ HTTP/1.0\r\n\r\n");
        EXPECT_EQ(client.read().body, side);
    }
}

TEST(http1_request, an_absolute_form_wins_over_a_host_that_differs) { // RFC 9112 3.2.2
    recording_target target;
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send("GET http://one.example/ HTTP/1.1\r\nHost: two.example\r\n\r\n");
    EXPECT_EQ(client.read().status, 200);
    EXPECT_EQ(target.last_request().joined("Host"), "one.example");
    EXPECT_EQ(target.last_request().head.find("two.example"), std::string::npos);
}

TEST(http1_request, refuses_targets_and_authorities_that_are_none) {
    recording_target target;
    plain_gateway gateway(target);
    for (std::string head : {
             "GET example.com:80 HTTP/1.1\r\nHost: example.com:80\r\n\r\n",
             "GET a HTTP/1.1\r\nHost: test\r\n\r\n",
             "GET http:// HTTP/1.1\r\nHost: test\r\n\r\n",
             "GET http:///a HTTP/1.1\r\nHost: test\r\n\r\n",
             "GET http://user:pw@test/ HTTP/1.1\r\nHost: test\r\n\r\n",
             "GET http://te st/ HTTP/1.1\r\nHost: test\r\n\r\n",
             "GET * HTTP/1.1\r\nHost: test\r\n\r\n",
             "GET /a#b HTTP/1.1\r\nHost: test\r\n\r\n",
             "GET / HTTP/1.1\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: user@a\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: a:port\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: http://a\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n",
             "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
         }) {
        raw_client client(gateway.port());
        client.send(head);
        EXPECT_EQ(client.read().status, 400) << head;
        EXPECT_TRUE(client.closed()) << head;
    }
    EXPECT_EQ(target.bytes_received(), 0u);
}

TEST(http1_request, takes_hosts_of_every_kind) {
    recording_target target;
    plain_gateway gateway(target);
    for (std::string host :
         {"example.com", "example.com:8080", "127.0.0.1", "[::1]:80", "[2001:db8::1]",
          "a_b.example", "EXAMPLE.com.", "xn--bcher-kva.example", "localhost"}) {
        EXPECT_EQ(gateway.get("/", {{"Host", host}}).status, 200) << host;
        EXPECT_EQ(target.last_request().get("Host"), host);
    }
    raw_client old(gateway.port());
    old.send("GET / HTTP/1.0\r\n\r\n");
    EXPECT_EQ(old.read().status, 200) << "HTTP/1.0 needs none";
}

TEST(http1_request, answers_options_asterisk_itself) {
    recording_target target;
    plain_gateway gateway(target);
    auto answer = gateway.ask("OPTIONS", "*");
    EXPECT_EQ(answer.status, 200);
    EXPECT_NE(answer.joined("Allow").find("GET"), std::string::npos) << answer.head;
    EXPECT_EQ(target.bytes_received(), 0u);
}

TEST(http1_request, opens_no_tunnel_by_connect) {
    recording_target target;
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send("CONNECT " + target.address() + " HTTP/1.1\r\nHost: " + target.address() +
                "\r\n\r\n");
    auto answer = client.read("GET");
    EXPECT_TRUE(answer.status == 400 || answer.status == 405 || answer.status == 501)
        << answer.status;
    EXPECT_EQ(target.bytes_received(), 0u);
}

TEST(http1_request, refuses_unknown_versions) {
    recording_target target;
    plain_gateway gateway(target);
    for (std::string version : {"HTTP/2.0", "HTTP/3.0", "HTTP/0.9"}) {
        raw_client client(gateway.port());
        client.send("GET / " + version + "\r\nHost: test\r\n\r\n");
        auto status = client.read().status;
        EXPECT_TRUE(status == 505 || status == 400) << version << ": " << status;
        EXPECT_TRUE(client.closed());
    }
    for (std::string line :
         {"GET / HTTP/11", "GET / http/1.1", "GET / HTTP/1.1.1", "GET /", "GET  / HTTP/1.1",
          "GET /  HTTP/1.1", "GET\t/ HTTP/1.1", " GET / HTTP/1.1", "G(T / HTTP/1.1"}) {
        raw_client client(gateway.port());
        client.send(line + "\r\nHost: test\r\n\r\n");
        auto status = client.read().status;
        EXPECT_TRUE(status == 400 || status == 505) << line << ": " << status;
        EXPECT_TRUE(client.closed());
    }
    EXPECT_EQ(target.bytes_received(), 0u);
}

TEST(http1_request, answers_a_tls_hello_or_http2_preface_without_delay) {
    recording_target target;
    plain_gateway gateway(target);
    for (std::string bytes : {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),
                              std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")}) {
        raw_client client(gateway.port());
        client.send(bytes);
        auto answer = client.read_until_close(3s);
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.1 505"))
            << answer;
    }
    EXPECT_EQ(target.bytes_received(), 0u);
}

class http1_limits : public testing::Test {
protected:
    recording_target target;
    plain_gateway gateway{target, "limits: {header_bytes: 4KiB, header_count: 20}"};

    int status_of(const std::string& bytes) {
        raw_client client(gateway.port());
        client.try_send(bytes);
        auto status = client.read().status;
        EXPECT_TRUE(client.closed());
        return status;
    }
};

TEST_F(http1_limits, a_large_head_is_431) {
    EXPECT_EQ(status_of(request_text("GET", "/", {{"X-Big", std::string(5000, 'x')}})), 431);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: test\r\nX-Big: " + std::string(100000, 'x')), 431);
    EXPECT_EQ(gateway.get("/", {{"X-Big", std::string(3000, 'x')}}).status, 200);
    EXPECT_EQ(target.request_count(), 1u);
}

TEST_F(http1_limits, a_long_request_line_is_414) {
    EXPECT_EQ(status_of(request_text("GET", "/" + std::string(5000, 'x'))), 414);
    EXPECT_EQ(status_of("GET /" + std::string(100000, 'x')), 414);
    EXPECT_EQ(target.request_count(), 0u);
}

TEST_F(http1_limits, too_many_fields_are_431) {
    auto with = [](std::size_t count) { return std::vector<field>(count, {"X", "y"}); };
    EXPECT_EQ(status_of(request_text("GET", "/", with(25))), 431);
    EXPECT_EQ(gateway.get("/", with(15)).status, 200);
    EXPECT_EQ(target.request_count(), 1u);
}

TEST(http1_request, keeps_unusual_methods_and_fields_as_they_are) {
    recording_target target;
    plain_gateway gateway(target);
    EXPECT_EQ(gateway
                  .ask("PROPFIND", "/",
                       {{"X-Empty", ""},
                        {"x-MiXeD", "Va lue\t!"},
                        {"X-Twice", "1"},
                        {"X-Twice", "2"},
                        {"X-High", "\xc3\xa9\xff"}})
                  .status,
              200);
    auto seen = target.last_request();
    EXPECT_EQ(seen.method, "PROPFIND");
    EXPECT_EQ(seen.get("X-Empty"), "");
    EXPECT_EQ(seen.get("x-mixed"), "Va lue\t!");
    EXPECT_EQ(seen.all("X-Twice"), std::vector<std::string>({"1", "2"}));
    EXPECT_EQ(seen.get("X-High"), "\xc3\xa9\xff");
}

} // namespace
} // namespace thalamus::test::http1_request_test
