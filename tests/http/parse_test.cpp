#include "http/parse.hpp"

#include "message_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace thalamus::http {
namespace {

using namespace std::string_literals;
using outcome = read_result::outcome;
using scan_state = head_scanner::result::state;

std::string printable(std::string_view bytes) { return ::testing::PrintToString(std::string(bytes)); }

unsigned status_of(std::string_view bytes) {
    request_head head;
    return read_request(bytes, head).why.status;
}

/// A request with one more field line than Host.
std::string with_field(std::string_view line) {
    return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(line) + "\r\n\r\n";
}

struct refused_case {
    std::string bytes;
    unsigned status;
};

void expect_refused(const std::vector<refused_case>& cases) {
    for (const refused_case& c : cases) EXPECT_EQ(status_of(c.bytes), c.status) << printable(c.bytes);
}

void expect_accepted(const std::vector<std::string>& cases) {
    for (const std::string& bytes : cases) {
        request_head head;
        const read_result read = read_request(bytes, head);
        EXPECT_TRUE(read.head_parsed) << printable(bytes) << ": " << read.why.reason;
    }
}

TEST(request_head, has_its_parts_as_views_into_the_bytes) {
    const std::string bytes = "PATCH /users/42?a=%zz&b HTTP/1.1\r\nHost: Api.Example:8080\r\n"
                              "X-Odd.Name!#$%&'*+-^_`|~: \t v a\tl \t\r\nEmpty:\r\n"
                              "ACCEPT: */*\r\nX: caf\xc3\xa9\r\n\r\n";
    request_head head;
    ASSERT_EQ(read_request(bytes, head).what, outcome::accepted);
    EXPECT_EQ(head.method, "PATCH");
    EXPECT_EQ(head.target, "/users/42?a=%zz&b");
    EXPECT_EQ(head.version, 11u);
    ASSERT_EQ(head.fields.size(), 5u);
    EXPECT_EQ(head.fields[0].id, field_id::host);
    EXPECT_EQ(head.fields[0].name, "Host");
    EXPECT_EQ(head.fields[0].value, "Api.Example:8080");
    EXPECT_EQ(head.fields[1].id, field_id::other);
    EXPECT_EQ(head.fields[1].name, "X-Odd.Name!#$%&'*+-^_`|~");
    EXPECT_EQ(head.fields[1].value, "v a\tl");
    EXPECT_EQ(head.fields[2].value, "");
    EXPECT_EQ(head.fields[3].id, field_id::accept);
    EXPECT_EQ(head.fields[4].value, "caf\xc3\xa9");
    for (const field& f : head.fields) {
        EXPECT_GE(f.name.data(), bytes.data());
        EXPECT_LE(f.value.data() + f.value.size(), bytes.data() + bytes.size());
    }
    EXPECT_EQ(authority_of(head), "Api.Example:8080");
    EXPECT_EQ(find(head.fields, field_id::accept), "*/*");
    EXPECT_EQ(find(head.fields, "x"), "caf\xc3\xa9");
    EXPECT_EQ(find(head.fields, "y").data(), nullptr);
    EXPECT_NE(find(head.fields, "empty").data(), nullptr);
    EXPECT_TRUE(contains(head.fields, field_id::host));
    EXPECT_FALSE(contains(head.fields, field_id::cookie));
}

TEST(request_head, is_the_same_however_the_bytes_arrive) {
    const std::vector<std::string> messages = {
        "\r\nPOST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET",
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3;x=\"y\\\"z\"\r\nabc\r\n00A\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\nGET",
        "GET /a HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
        "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00"s,
    };
    for (const std::string& bytes : messages) {
        request_head whole;
        const read_result expected = read_request(bytes, whole);
        std::vector<std::size_t> one_by_one;
        for (std::size_t i = 0; i < bytes.size(); ++i) one_by_one.push_back(i);
        std::vector<std::vector<std::size_t>> ways{one_by_one};
        for (std::size_t i = 0; i < bytes.size(); ++i)
            for (std::size_t j = i; j < bytes.size(); ++j) ways.push_back({i, j});
        for (const auto& arrivals : ways) {
            request_head head;
            const read_result read = read_request(bytes, head, arrivals);
            ASSERT_EQ(read.what, expected.what) << printable(bytes) << " at " << arrivals[0];
            ASSERT_EQ(read.why.status, expected.why.status) << printable(bytes);
            ASSERT_EQ(read.body, expected.body) << printable(bytes);
            if (read.what == outcome::accepted) {
                ASSERT_EQ(read.used, expected.used);
                ASSERT_EQ(head.target, whole.target);
                ASSERT_EQ(head.fields.size(), whole.fields.size());
            }
        }
    }
}

TEST(request_head, request_lines_that_are_refused) {
    expect_refused({
        {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
        {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /\tHTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /\r\nHost: a\r\n\r\n", 400},
        {"GET /pa th HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GE(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\rHost: a\r\n\r\n", 400},
        {"GET /\0x HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
        {"GET /?\0x HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
        {"GET /?\x7f HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /?\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"   \r\n\r\n", 400},
        {"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"HTTP/1.1 200 OK\r\n\r\n", 400},
        // Versions: another one is 505, what is none is 400.
        {"GET / HTTP/9.9\r\nHost: a\r\n\r\n", 505},
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
        {"GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/01.1\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/01.01\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/ 1.1\r\nHost: a\r\n\r\n", 400},
        {"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1,1\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP1.1\r\nHost: a\r\n\r\n", 400},
    });
}

TEST(request_head, request_targets_that_are_taken) {
    const std::vector<std::string> targets = {
        "/",
        "//x//y",
        "/?",
        "/?%",
        "/?a=|[]{}^\"`<>\\;,",
        "/?caf\xe9&\xff\x80",
        "/a?b?c",
        "/a|b{c}[d]^\"\\;%2F%00%",
        "/http://other/x",
        "http://a",
        "HTTP://A/x",
        "https://a:443/x?y",
        "http://a?x",
        "http://a:80/",
        "http://b/",    // Host says a: the target wins (RFC 9112 3.2.2)
        "http://a:81/", // likewise
    };
    for (const std::string& target : targets) {
        const std::string bytes = "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
        request_head head;
        const read_result read = read_request(bytes, head);
        ASSERT_EQ(read.what, outcome::accepted) << printable(target) << ": " << read.why.reason;
        EXPECT_EQ(head.target, target);
    }
    request_head head;
    EXPECT_EQ(read_request("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", head).what, outcome::accepted);
}

TEST(request_head, request_targets_that_are_refused) {
    const auto with_target = [](std::string_view method, std::string_view target) {
        return std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    };
    expect_refused({
        {with_target("GET", "*"), 400},
        {with_target("OPTIONS", "**"), 400},
        {with_target("GET", "/a#b"), 400},
        {with_target("GET", "/?a#b"), 400},
        {with_target("GET", "http://a/#b"), 400},
        {with_target("GET", "http://a#b"), 400},
        {with_target("GET", "a"), 400},
        {with_target("GET", "a:80"), 400},
        {with_target("GET", "?a"), 400},
        {with_target("GET", "ftp://a/"), 400},
        {with_target("GET", "http:/a"), 400},
        {with_target("GET", "http://"), 400},
        {with_target("GET", "http:///x"), 400},
        {with_target("GET", "http://:80/"), 400},
        {with_target("GET", "http://user@a/"), 400},
        {with_target("GET", "http://user:pw@a/"), 400},
        {with_target("GET", "/caf\xc3\xa9"), 400},
        {with_target("GET", "/\xc0\xaf"), 400},
        {with_target("GET", "http://a/\xc0\xaf"), 400},
        {with_target("CONNECT", "a:443"), 501},
        {with_target("CONNECT", "[::1]:443"), 501},
        {with_target("CONNECT", "a"), 400},
        {with_target("CONNECT", "a:"), 400},
        {with_target("CONNECT", "/"), 400},
        {with_target("CONNECT", "http://a/"), 400},
        {with_target("CONNECT", "a:99999"), 400},
    });
}

TEST(request_head, host_is_one_valid_authority) {
    const std::vector<std::string> good = {"a",     "A.b-c_d.example.", "a:80",      "a:", "127.0.0.1:8080",
                                           "[::1]", "[2001:db8::1]:80", "0.0.0.0=1", "~x"};
    for (const std::string& host : good) {
        const std::string bytes = "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
        request_head head;
        const read_result read = read_request(bytes, head);
        ASSERT_EQ(read.what, outcome::accepted) << host << ": " << read.why.reason;
        EXPECT_EQ(authority_of(head), host);
    }
    const std::vector<std::string> bad = {
        "",      ":80",    "a b",     "a,b",     "a, b",  "u@a",       "u:p@a",   "a/b",   "a?b",
        "a#b",   "a\\b",   "a:b",     "a:80:90", "a:-1",  "a:65536",   "a:+80",   "a: 80", "::1",
        "[::1",  "::1]",   "[::1]80", "[]",      "[x]",   "[::1]:x",   "[v1.a]",  "a%2eb", "a\x80",
        "[::1%lo]", "<a>", "\"a\"",   "a|b",     "a[1]",  "[::1][::1]", "[1:2:3:4:5:6:7:8:9]"};
    for (const std::string& host : bad)
        EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"), 400u) << host;

    expect_refused({
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET http://a/ HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", 400},
        {"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.0\r\nHost: a b\r\n\r\n", 400},
        {"GET / HTTP/1.0\r\nHost:\r\n\r\n", 400},
    });
}

TEST(request_head, authority_is_the_targets_before_the_hosts) {
    const auto authority = [](std::string_view bytes) {
        request_head head;
        EXPECT_TRUE(read_request(bytes, head).head_parsed) << printable(bytes);
        return authority_of(head);
    };
    EXPECT_EQ(authority("GET http://A:80/x HTTP/1.1\r\nHost: a\r\n\r\n"), "A:80");
    EXPECT_EQ(authority("GET http://b?x HTTP/1.0\r\n\r\n"), "b");
    EXPECT_EQ(authority("GET /http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"), "a");
    EXPECT_EQ(authority("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), "a");
    EXPECT_EQ(authority("GET / HTTP/1.0\r\n\r\n").data(), nullptr);
}

TEST(request_head, field_lines_that_are_refused) {
    expect_refused({
        {with_field("X : y"), 400},
        {with_field("X\t: y"), 400},
        {with_field(": y"), 400},
        {with_field(" : y"), 400},
        {with_field("NoColon"), 400},
        {with_field("Bad[Name: y"), 400},
        {with_field("Bad Name: y"), 400},
        {with_field("Bad\tName: y"), 400},
        {with_field("B\xc3\xa4""d: y"), 400},
        {with_field("Bad\x01: y"), 400},
        {with_field("Bad\0: y"s), 400},
        {with_field("X: a\0b"s), 400},
        {with_field("X: a\x01"), 400},
        {with_field("X: a\x07\x08"), 400},
        {with_field("X: a\x0b"), 400},
        {with_field("X: a\x0c"), 400},
        {with_field("X: a\x1b"), 400},
        {with_field("X: a\x7f"), 400},
        {with_field("X: a\rb"), 400},
        {with_field("X: a\r\r\nY: b"), 400},
        {with_field("X: a\nY: b"), 400},
        // Folded lines, in every place where Beast would unfold them.
        {with_field("X: a\r\n b"), 400},
        {with_field("X: a\r\n\tb"), 400},
        {with_field("X:\r\n b"), 400},
        {with_field("X: \r\n \r\n b"), 400},
        {with_field("X: a\r\n "), 400},
        {with_field("X:\r\n "), 400},
        {with_field("X: a\r\n \r\nY: b"), 400},
        {"GET / HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n", 400},
        {with_field("Connection: close;x"), 400},
        {with_field("Connection: (close)"), 400},
        {with_field("Content-Type: text/plain\r\nContent-Type: text/html"), 400},
    });
    expect_accepted({
        with_field("X:y"),
        with_field("X:\ty"),
        with_field("X: \t \t"),
        with_field("X: \x80\xff"),
        with_field("X_y: z"),
        with_field("Connection: , close ,"),
        with_field("Content-Type: text/plain\r\nContent-Type: text/plain"),
    });
}

TEST(request_head, number_of_fields_is_limited) {
    const auto with_fields = [](unsigned count) {
        std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n";
        for (unsigned i = 1; i < count; ++i) bytes += "X: y\r\n";
        return bytes + "\r\n";
    };
    EXPECT_EQ(status_of(with_fields(100)), 0u);
    EXPECT_EQ(status_of(with_fields(101)), 431u);
    EXPECT_EQ(status_of(with_fields(5000)), 431u);
}

TEST(request_head, keep_alive_follows_version_and_connection) {
    const auto keep_alive = [](std::string_view version, std::string_view fields) {
        const std::string bytes =
            "GET / " + std::string(version) + "\r\nHost: a\r\n" + std::string(fields) + "\r\n";
        request_head head;
        EXPECT_TRUE(read_request(bytes, head).head_parsed) << printable(bytes);
        return head.keep_alive;
    };
    EXPECT_TRUE(keep_alive("HTTP/1.1", ""));
    EXPECT_TRUE(keep_alive("HTTP/1.1", "Connection: x, y\r\n"));
    EXPECT_FALSE(keep_alive("HTTP/1.1", "Connection: CLOSE\r\n"));
    EXPECT_FALSE(keep_alive("HTTP/1.1", "Connection: x ,\tclose\r\n"));
    EXPECT_FALSE(keep_alive("HTTP/1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
    EXPECT_TRUE(keep_alive("HTTP/1.1", "Connection: closed\r\n"));
    EXPECT_TRUE(keep_alive("HTTP/1.1", "Proxy-Connection: close\r\n"));
    EXPECT_FALSE(keep_alive("HTTP/1.0", ""));
    EXPECT_TRUE(keep_alive("HTTP/1.0", "Connection: Keep-Alive\r\n"));
    EXPECT_FALSE(keep_alive("HTTP/1.0", "Connection: keep-alive, close\r\n"));
    EXPECT_FALSE(keep_alive("HTTP/1.0", "Proxy-Connection: keep-alive\r\n"));
}

TEST(request_head, upgrade_needs_both_fields_and_no_body) {
    const auto upgrade = [](std::string_view start, std::string_view fields) {
        const std::string bytes =
            std::string(start) + "\r\nHost: a\r\n" + std::string(fields) + "\r\n";
        request_head head;
        EXPECT_TRUE(read_request(bytes, head).head_parsed) << printable(bytes);
        return head.upgrade;
    };
    const std::string get = "GET / HTTP/1.1";
    EXPECT_TRUE(upgrade(get, "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
    EXPECT_TRUE(upgrade(get, "Upgrade: WebSocket\r\nConnection: keep-alive, UPGRADE\r\n"));
    EXPECT_TRUE(upgrade(get, "Connection: upgrade\r\nUpgrade: SPDY/3.1, foo\r\n"));
    EXPECT_TRUE(upgrade("POST / HTTP/1.1", "Connection: upgrade\r\nUpgrade: tcp\r\n"));
    EXPECT_TRUE(upgrade(get, "Connection: upgrade\r\nUpgrade: x\r\nContent-Length: 0\r\n"));
    EXPECT_FALSE(upgrade(get, "Connection: upgrade\r\n"));
    EXPECT_FALSE(upgrade(get, "Upgrade: websocket\r\n"));
    EXPECT_FALSE(upgrade(get, "Connection: upgrade\r\nUpgrade:\r\n"));
    EXPECT_FALSE(upgrade(get, "Connection: upgrade\r\nUpgrade: ,\r\n"));
    EXPECT_FALSE(upgrade(get, "Connection: upgrade\r\nUpgrade: web socket\r\n"));
    EXPECT_FALSE(upgrade(get, "Connection: upgrade\r\nUpgrade: a/\r\n"));
    EXPECT_FALSE(upgrade(get, "Connection: upgrade\r\nUpgrade: /1\r\n"));
    EXPECT_FALSE(upgrade(get, "Connection: upgrade\r\nUpgrade: a/b/c\r\n"));
    EXPECT_FALSE(upgrade(get, "Connection: x-upgrade\r\nUpgrade: websocket\r\n"));
    EXPECT_FALSE(upgrade("GET / HTTP/1.0", "Connection: upgrade\r\nUpgrade: websocket\r\n"));
    EXPECT_FALSE(upgrade(get, "Connection: upgrade\r\nUpgrade: x\r\nContent-Length: 1\r\n"));
    EXPECT_FALSE(upgrade(get, "Connection: upgrade\r\nUpgrade: x\r\nTransfer-Encoding: chunked\r\n"));
    // A tunnel that speaks HTTP would carry requests past all rules.
    EXPECT_FALSE(upgrade(get, "Connection: upgrade, http2-settings\r\nUpgrade: H2C\r\n"));
    EXPECT_FALSE(upgrade(get, "Connection: upgrade\r\nUpgrade: websocket, h2c\r\n"));
    EXPECT_FALSE(upgrade(get, "Connection: upgrade\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n"));
    EXPECT_FALSE(upgrade(get, "Connection: upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n"));
    EXPECT_FALSE(upgrade(get, "Connection: upgrade\r\nUpgrade: HTTP/2.0\r\n"));
    EXPECT_FALSE(upgrade(get, "Connection: upgrade\r\nUpgrade: TLS/1.0\r\n"));
}

TEST(request_head, expect_is_100_continue_or_417) {
    const auto read = [](std::string_view version, std::string_view fields) {
        const std::string bytes = "POST / " + std::string(version) + "\r\nHost: a\r\n" +
                                  std::string(fields) + "\r\n";
        request_head head;
        const refusal why = parse_request_head(bytes, 100, head);
        return std::pair(why.status, head.expect_continue);
    };
    using pair = std::pair<unsigned, bool>;
    EXPECT_EQ(read("HTTP/1.1", "Content-Length: 5\r\nExpect: 100-Continue\r\n"), pair(0, true));
    EXPECT_EQ(read("HTTP/1.1", "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n"),
              pair(0, true));
    EXPECT_EQ(read("HTTP/1.1", "Expect: 100-continue\r\n"), pair(0, false));
    EXPECT_EQ(read("HTTP/1.1", "Content-Length: 5\r\n"), pair(0, false));
    EXPECT_EQ(read("HTTP/1.0", "Content-Length: 5\r\nExpect: 100-continue\r\n"), pair(0, false));
    EXPECT_EQ(read("HTTP/1.1", "Expect: 200-ok\r\n").first, 417u);
    EXPECT_EQ(read("HTTP/1.1", "Expect: 100-continue, x\r\n").first, 417u);
    EXPECT_EQ(read("HTTP/1.1", "Expect:\r\n").first, 417u);
}

TEST(request_head, may_be_parsed_into_a_used_head) {
    request_head head;
    EXPECT_FALSE(parse_request_head("POST /a HTTP/1.1\r\nHost: a\r\nConnection: close, upgrade\r\n"
                                    "Expect: 100-continue\r\nContent-Length: 7\r\n\r\n",
                                    100, head));
    EXPECT_FALSE(parse_request_head("GET /b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 100, head));
    EXPECT_EQ(head.target, "/b");
    EXPECT_EQ(head.version, 10u);
    EXPECT_EQ(head.fields.size(), 1u);
    EXPECT_EQ(head.framing, body_framing::none);
    EXPECT_EQ(head.content_length, 0u);
    EXPECT_TRUE(head.keep_alive);
    EXPECT_FALSE(head.expect_continue);
}

TEST(request_head, must_be_complete_and_alone) {
    request_head head;
    EXPECT_TRUE(parse_request_head("", 100, head));
    EXPECT_TRUE(parse_request_head("\r\n", 100, head));
    EXPECT_TRUE(parse_request_head("GET / HTTP/1.1\r\nHost: a\r\n", 100, head));
    EXPECT_TRUE(parse_request_head("GET / HTTP/1.1\r\nHost: a\r\n\r\nX", 100, head));
}

TEST(head_scanner, refuses_at_once_what_can_be_no_message) {
    for (const std::string& bytes : {
             "\x16"s, "\x80"s, " "s, "\n"s, "\r\n\r"s, "\r\n "s, "\rG"s, "GET\t"s, "G("s, "GET /\n"s,
             "GET / HTTP/1.1\n"s, "GET / HTTP/1.1\r\nX: y\n"s, "SSH/"s, "HTTPS/"s, "{"s, "\0"s,
             std::string(65, 'A')}) {
        const auto found = head_scanner().scan(bytes, 32768);
        EXPECT_EQ(found.what, scan_state::refused) << printable(bytes);
        EXPECT_EQ(found.why.status, 400u) << printable(bytes);
    }
    for (const std::string& bytes : {""s, "\r"s, "\r\n"s, "\r\nG"s, "G"s, "GET"s, "GET /"s, "HTTP/"s,
                                     "GET / HTTP/1.1\r"s, "GET / HTTP/1.1\r\nX: y\r\n\r"s,
                                     std::string(64, 'A')})
        EXPECT_EQ(head_scanner().scan(bytes, 32768).what, scan_state::more) << printable(bytes);
}

TEST(head_scanner, says_the_same_however_the_bytes_arrive) {
    for (const std::string& bytes :
         {"GET /a\rb HTTP/1.1\r\nHost: a"s, "GET / HTTP/1.1\r\nX: a\rb\r\nHost"s,
          "GET / HTTP/1.1\r\nX: a\r\r\nHost"s, "GET / HTTP/1.1\r\nX: a\nb\r\nHost"s,
          "\r\nGET / HTTP/1.1\r\nX: \ra"s, "GET / HTTP/1.1\r\n\r\r\n"s}) {
        request_head head;
        ASSERT_EQ(read_request(bytes, head).why.status, 400u) << printable(bytes);
        for (std::size_t at = 0; at < bytes.size(); ++at)
            EXPECT_EQ(read_request(bytes, head, {at}).why.status, 400u) << printable(bytes) << at;
    }
}

TEST(head_scanner, finds_the_end_and_nothing_behind_it) {
    const std::string head = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const auto found = head_scanner().scan(head + "\nGET\n\n", 32768);
    EXPECT_EQ(found.what, scan_state::complete);
    EXPECT_EQ(found.size, head.size());

    head_scanner again;
    EXPECT_EQ(again.scan("GET / HTTP/1.1\r\nHost", 32768).what, scan_state::more);
    again.reset();
    EXPECT_EQ(again.scan("GET / HTTP/1.1\r\n\r\n", 32768).size, 18u);
}

TEST(head_scanner, limits_the_head) {
    const auto scan = [](std::string_view bytes, std::size_t limit) {
        return head_scanner().scan(bytes, limit);
    };
    const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(100, 'y') + "\r\n\r\n";
    EXPECT_EQ(scan(head, head.size()).what, scan_state::complete);
    EXPECT_EQ(scan(head, head.size() - 1).why.status, 431u);
    EXPECT_EQ(scan(head.substr(0, 100), 101).what, scan_state::more);
    EXPECT_EQ(scan(head.substr(0, 100), 100).why.status, 431u);
    EXPECT_EQ(scan("GET /" + std::string(1000, 'a'), 1000).why.status, 414u);
    EXPECT_EQ(scan("GET /" + std::string(700, 'a') + " HTTP/1.1\r\nX: " + std::string(400, 'y'), 1000)
                  .why.status,
              414u);
    EXPECT_EQ(scan(std::string(1000, 'A'), 1000).why.status, 400u);
    // What lies behind the limit is not looked at.
    EXPECT_EQ(scan(std::string(head) + "\n", head.size() - 4).why.status, 431u);
}

TEST(response_head, has_its_parts) {
    const std::string bytes = "HTTP/1.0 404 Not \xc3\xa9 Found\r\nServer: x\r\nX-Y: z\r\n"
                              "Connection: keep-alive\r\nContent-Length: 2\r\n\r\nok";
    response_head head;
    const read_result read = read_response(bytes, head);
    ASSERT_EQ(read.what, outcome::accepted);
    EXPECT_EQ(head.status, 404u);
    EXPECT_EQ(head.reason, "Not \xc3\xa9 Found");
    EXPECT_EQ(head.version, 10u);
    EXPECT_EQ(head.fields.size(), 4u);
    EXPECT_EQ(head.framing, body_framing::length);
    EXPECT_TRUE(head.keep_alive);
    EXPECT_EQ(read.body, "ok");
}

TEST(response_head, status_lines) {
    const auto status = [](std::string_view line) {
        const std::string bytes = std::string(line) + "\r\nContent-Length: 0\r\n\r\n";
        response_head head;
        return read_response(bytes, head).why ? 0 : head.status;
    };
    EXPECT_EQ(status("HTTP/1.1 200 OK"), 200u);
    EXPECT_EQ(status("HTTP/1.1 200 "), 200u);
    EXPECT_EQ(status("HTTP/1.1 100 Continue"), 100u);
    EXPECT_EQ(status("HTTP/1.1 101 Switching Protocols"), 101u);
    EXPECT_EQ(status("HTTP/1.1 599 x"), 599u);
    EXPECT_EQ(status("HTTP/1.1 999 x"), 999u);
    for (const std::string& line :
         {"HTTP/1.1 099 x"s, "HTTP/1.1 000 x"s, "HTTP/1.1 20 x"s, "HTTP/1.1 2000 x"s, "HTTP/1.1 2x0 x"s,
          "HTTP/1.1  200 OK"s, "HTTP/1.1\t200 OK"s, "HTTP/2.0 200 OK"s, "HTTP/1.2 200 OK"s,
          "HTTP/1.10 200 OK"s, "http/1.1 200 OK"s, "ICY 200 OK"s, "HTTP/1.1 200 a\x01"s,
          "HTTP/1.1 200 a\0"s, "HTTP/1.1 200 a\rb"s, "\r\nHTTP/1.1 200 OK"s, "GET / HTTP/1.1"s,
          "HTTP/1.1 200"s})
        EXPECT_EQ(status(line), 0u) << printable(line);
}

TEST(response_head, field_lines_that_are_refused) {
    for (const std::string& line :
         {"X : y"s, ": y"s, "X"s, "X: a\0b"s, "X: a\x01"s, "X: a\rb"s, "X: a\nb"s, "X: a\r\n b"s,
          "X:\r\n b"s, "X y: z"s, "X: \x7f"s}) {
        const std::string bytes =
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + std::string(line) + "\r\n\r\n";
        response_head head;
        EXPECT_TRUE(read_response(bytes, head).why) << printable(line);
    }
    std::string many = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n";
    for (int i = 0; i < 1000; ++i) many += "X: y\r\n";
    response_head head;
    EXPECT_TRUE(parse_response_head(many + "\r\n", "GET", head));
}

TEST(response_head, keep_alive_follows_version_connection_and_framing) {
    const auto keep_alive = [](std::string_view bytes) {
        response_head head;
        EXPECT_TRUE(read_response(bytes, head).head_parsed) << printable(bytes);
        return head.keep_alive;
    };
    EXPECT_TRUE(keep_alive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_TRUE(keep_alive("HTTP/1.1 204 No Content\r\n\r\n"));
    EXPECT_FALSE(keep_alive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
    EXPECT_FALSE(keep_alive("HTTP/1.1 200 OK\r\n\r\n"));
    EXPECT_FALSE(keep_alive("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n"));
    EXPECT_FALSE(keep_alive("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_TRUE(keep_alive("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST(field_names, have_ids_in_any_case) {
    const std::vector<std::pair<field_id, std::string>> names = {
        {field_id::accept, "Accept"},
        {field_id::authorization, "Authorization"},
        {field_id::connection, "Connection"},
        {field_id::content_length, "Content-Length"},
        {field_id::content_type, "Content-Type"},
        {field_id::cookie, "Cookie"},
        {field_id::date, "Date"},
        {field_id::expect, "Expect"},
        {field_id::forwarded, "Forwarded"},
        {field_id::host, "Host"},
        {field_id::keep_alive, "Keep-Alive"},
        {field_id::origin, "Origin"},
        {field_id::proxy_authenticate, "Proxy-Authenticate"},
        {field_id::proxy_authorization, "Proxy-Authorization"},
        {field_id::proxy_connection, "Proxy-Connection"},
        {field_id::server, "Server"},
        {field_id::te, "TE"},
        {field_id::trailer, "Trailer"},
        {field_id::transfer_encoding, "Transfer-Encoding"},
        {field_id::traceparent, "Traceparent"},
        {field_id::tracestate, "Tracestate"},
        {field_id::upgrade, "Upgrade"},
        {field_id::via, "Via"},
        {field_id::x_forwarded_for, "X-Forwarded-For"},
        {field_id::x_forwarded_host, "X-Forwarded-Host"},
        {field_id::x_forwarded_port, "X-Forwarded-Port"},
        {field_id::x_forwarded_proto, "X-Forwarded-Proto"},
        {field_id::x_real_ip, "X-Real-IP"},
        {field_id::x_request_id, "X-Request-ID"},
    };
    // Each id but `other` stands once in the table above.
    ASSERT_EQ(names.size() + 1, static_cast<std::size_t>(field_id::count));
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto& [id, name] = names[i];
        EXPECT_EQ(static_cast<std::size_t>(id), i + 1);
        std::string lower = name;
        std::string upper = name;
        for (char& c : lower) c = static_cast<char>(std::tolower(c));
        for (char& c : upper) c = static_cast<char>(std::toupper(c));
        for (const std::string& spelling : {name, lower, upper}) {
            EXPECT_EQ(to_field_id(spelling), id) << spelling;
            // The parser goes another way, by Beast's table.
            if (id == field_id::expect || id == field_id::host || id == field_id::content_length ||
                id == field_id::transfer_encoding)
                continue;
            const std::string bytes = with_field(spelling + ": x");
            request_head head;
            ASSERT_FALSE(parse_request_head(bytes, 100, head)) << spelling;
            EXPECT_EQ(head.fields.back().id, id) << spelling;
        }
        EXPECT_EQ(to_field_id(name + "x"), field_id::other);
        EXPECT_EQ(to_field_id(name.substr(1)), field_id::other);
    }
    EXPECT_EQ(to_field_id(""), field_id::other);
    EXPECT_EQ(to_field_id("X-Forwarded\rFor"), field_id::other);
    EXPECT_EQ(to_field_id("Content_Length"), field_id::other);
    EXPECT_EQ(to_field_id(std::string(300, 'a')), field_id::other);
}

TEST(field_names, compare_without_case) {
    EXPECT_TRUE(iequals("", ""));
    EXPECT_TRUE(iequals("aZ-", "Az-"));
    EXPECT_FALSE(iequals("a", "ab"));
    EXPECT_FALSE(iequals("@", "`"));
    EXPECT_FALSE(iequals("[", "{"));
    EXPECT_FALSE(iequals("\xc4", "\xe4"));
}

} // namespace
} // namespace thalamus::http
