// Field lines of requests: which are taken, and what those mean that the parser looks at.

#include "http/parse.hpp"

#include "tests/http/request_bytes.hpp"

#include <string>
#include <vector>

namespace thalamus::http::request_fields_test {
namespace {

using namespace std::string_literals;

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
        {with_field("B\xc3\xa4"
                    "d: y"),
         400},
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
    EXPECT_FALSE(
        upgrade(get, "Connection: upgrade\r\nUpgrade: x\r\nTransfer-Encoding: chunked\r\n"));
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
        const std::string bytes =
            "POST / " + std::string(version) + "\r\nHost: a\r\n" + std::string(fields) + "\r\n";
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
        {field_id::max_forwards, "Max-Forwards"},
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
} // namespace thalamus::http::request_fields_test
