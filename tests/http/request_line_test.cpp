// Request lines, and the authority that a request is for.

#include "http/parse.hpp"

#include "tests/http/request_bytes.hpp"

#include <string>
#include <vector>

namespace thalamus::http::request_line_test {
namespace {

using namespace std::string_literals;

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
        ASSERT_EQ(read.result, outcome::accepted)
            << printable(target) << ": " << read.refusal.reason;
        EXPECT_EQ(head.target, target);
    }
    request_head head;
    EXPECT_EQ(read_request("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", head).result,
              outcome::accepted);
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
    const std::vector<std::string> good = {
        "a",     "A.b-c_d.example.", "a:80",      "a:", "127.0.0.1:8080",
        "[::1]", "[2001:db8::1]:80", "0.0.0.0=1", "~x"};
    for (const std::string& host : good) {
        const std::string bytes = "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
        request_head head;
        const read_result read = read_request(bytes, head);
        ASSERT_EQ(read.result, outcome::accepted) << host << ": " << read.refusal.reason;
        EXPECT_EQ(authority_of(head), host);
    }
    const std::vector<std::string> bad = {"",           ":80",
                                          "a b",        "a,b",
                                          "a, b",       "u@a",
                                          "u:p@a",      "a/b",
                                          "a?b",        "a#b",
                                          "a\\b",       "a:b",
                                          "a:80:90",    "a:-1",
                                          "a:65536",    "a:+80",
                                          "a: 80",      "::1",
                                          "[::1",       "::1]",
                                          "[::1]80",    "[]",
                                          "[x]",        "[::1]:x",
                                          "[v1.a]",     "a%2eb",
                                          "a\x80",      "[::1%lo]",
                                          "<a>",        "\"a\"",
                                          "a|b",        "a[1]",
                                          "[::1][::1]", "[1:2:3:4:5:6:7:8:9]"};
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

} // namespace
} // namespace thalamus::http::request_line_test
