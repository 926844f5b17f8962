#include "http/parse.hpp"

#include "tests/http/request_bytes.hpp"

#include <string>
#include <vector>

namespace thalamus::http::response_head_test {
namespace {

using namespace std::string_literals;

TEST(response_head, has_its_parts) {
    const std::string bytes = "HTTP/1.0 404 Not \xc3\xa9 Found\r\nServer: x\r\nX-Y: z\r\n"
                              "Connection: keep-alive\r\nContent-Length: 2\r\n\r\nok";
    response_head head;
    const read_result read = read_response(bytes, head);
    ASSERT_EQ(read.result, outcome::accepted);
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
        const std::string bytes = std::string(line) + "\r\nUpgrade: x\r\n\r\n";
        response_head head;
        return read_response(bytes, head).refusal ? 0 : head.status;
    };
    EXPECT_EQ(status("HTTP/1.1 200 OK"), 200u);
    EXPECT_EQ(status("HTTP/1.1 200 "), 200u);
    EXPECT_EQ(status("HTTP/1.1 100 Continue"), 100u);
    EXPECT_EQ(status("HTTP/1.1 101 Switching Protocols"), 101u);
    EXPECT_EQ(status("HTTP/1.1 599 x"), 599u);
    for (const std::string& line :
         {"HTTP/1.1 600 x"s,    "HTTP/1.1 999 x"s,      "HTTP/1.1 099 x"s,     "HTTP/1.1 000 x"s,
          "HTTP/1.1 20 x"s,     "HTTP/1.1 2000 x"s,     "HTTP/1.1 2x0 x"s,     "HTTP/1.1  200 OK"s,
          "HTTP/1.1\t200 OK"s,  "HTTP/2.0 200 OK"s,     "HTTP/1.2 200 OK"s,    "HTTP/1.10 200 OK"s,
          "http/1.1 200 OK"s,   "ICY 200 OK"s,          "HTTP/1.1 200 a\x01"s, "HTTP/1.1 200 a\0"s,
          "HTTP/1.1 200 a\rb"s, "\r\nHTTP/1.1 200 OK"s, "GET / HTTP/1.1"s,     "HTTP/1.1 200"s})
        EXPECT_EQ(status(line), 0u) << printable(line);
}

TEST(response_head, that_switches_says_to_which_protocol) {
    const auto refused = [](std::string_view fields) {
        const std::string bytes =
            "HTTP/1.1 101 Switching Protocols\r\n" + std::string(fields) + "\r\n";
        response_head head;
        return parse_response_head(bytes, "GET", head).status;
    };
    EXPECT_EQ(refused("Connection: upgrade\r\nUpgrade: websocket\r\n"), 0u);
    for (const auto* fields : {"", "Connection: upgrade\r\n", "Upgrade:\r\n", "Upgrade: ,\r\n",
                               "Upgrade: h2c\r\n", "Upgrade: websocket\r\nUpgrade: h2c\r\n"})
        EXPECT_EQ(refused(fields), 502u) << fields;
}

TEST(response_head, field_lines_that_are_refused) {
    for (const std::string& line :
         {"X : y"s, ": y"s, "X"s, "X: a\0b"s, "X: a\x01"s, "X: a\rb"s, "X: a\nb"s, "X: a\r\n b"s,
          "X:\r\n b"s, "X y: z"s, "X: \x7f"s}) {
        const std::string bytes =
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + std::string(line) + "\r\n\r\n";
        response_head head;
        EXPECT_TRUE(read_response(bytes, head).refusal) << printable(line);
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
    EXPECT_TRUE(
        keep_alive("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n"));
}

} // namespace
} // namespace thalamus::http::response_head_test
