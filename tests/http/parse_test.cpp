// Heads as a whole and where they end. Their parts: request_line_test, request_fields_test,
// response_head_test.

#include "http/parse.hpp"

#include "tests/http/request_bytes.hpp"

#include <string>
#include <vector>

namespace thalamus::http::parse_test {
namespace {

using namespace std::string_literals;
using scan_state = head_scanner::result::state;

TEST(request_head, has_its_parts_as_views_into_the_bytes) {
    const std::string bytes = "PATCH /users/42?a=%zz&b HTTP/1.1\r\nHost: Api.Example:8080\r\n"
                              "X-Odd.Name!#$%&'*+-^_`|~: \t v a\tl \t\r\nEmpty:\r\n"
                              "ACCEPT: */*\r\nX: caf\xc3\xa9\r\n\r\n";
    request_head head;
    ASSERT_EQ(read_request(bytes, head).result, outcome::accepted);
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
            ASSERT_EQ(read.result, expected.result) << printable(bytes) << " at " << arrivals[0];
            ASSERT_EQ(read.refusal.status, expected.refusal.status) << printable(bytes);
            ASSERT_EQ(read.body, expected.body) << printable(bytes);
            if (read.result == outcome::accepted) {
                ASSERT_EQ(read.used, expected.used);
                ASSERT_EQ(head.target, whole.target);
                ASSERT_EQ(head.fields.size(), whole.fields.size());
            }
        }
    }
}

TEST(request_head, may_be_parsed_into_a_used_head) {
    request_head head;
    EXPECT_FALSE(parse_request_head("POST /a HTTP/1.1\r\nHost: a\r\nConnection: close, upgrade\r\n"
                                    "Expect: 100-continue\r\nContent-Length: 7\r\n\r\n",
                                    100, head));
    EXPECT_FALSE(
        parse_request_head("GET /b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 100, head));
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
    for (const std::string& bytes :
         {"\x16"s, "\x80"s, " "s, "\n"s, "\r\n\r"s, "\r\n "s, "\rG"s, "GET\t"s, "G("s, "GET /\n"s,
          "GET / HTTP/1.1\n"s, "GET / HTTP/1.1\r\nX: y\n"s, "SSH/"s, "HTTPS/"s, "{"s, "\0"s,
          std::string(65, 'A')}) {
        const auto found = head_scanner().scan(bytes, 32768);
        EXPECT_EQ(found.progress, scan_state::refused) << printable(bytes);
        EXPECT_EQ(found.refusal.status, 400u) << printable(bytes);
    }
    for (const std::string& bytes :
         {""s, "\r"s, "\r\n"s, "\r\nG"s, "G"s, "GET"s, "GET /"s, "HTTP/"s, "GET / HTTP/1.1\r"s,
          "GET / HTTP/1.1\r\nX: y\r\n\r"s, std::string(64, 'A')})
        EXPECT_EQ(head_scanner().scan(bytes, 32768).progress, scan_state::more) << printable(bytes);
}

TEST(head_scanner, says_the_same_however_the_bytes_arrive) {
    for (const std::string& bytes :
         {"GET /a\rb HTTP/1.1\r\nHost: a"s, "GET / HTTP/1.1\r\nX: a\rb\r\nHost"s,
          "GET / HTTP/1.1\r\nX: a\r\r\nHost"s, "GET / HTTP/1.1\r\nX: a\nb\r\nHost"s,
          "\r\nGET / HTTP/1.1\r\nX: \ra"s, "GET / HTTP/1.1\r\n\r\r\n"s}) {
        request_head head;
        ASSERT_EQ(read_request(bytes, head).refusal.status, 400u) << printable(bytes);
        for (std::size_t at = 0; at < bytes.size(); ++at)
            EXPECT_EQ(read_request(bytes, head, {at}).refusal.status, 400u)
                << printable(bytes) << at;
    }
}

TEST(head_scanner, finds_the_end_and_nothing_behind_it) {
    const std::string head = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const auto found = head_scanner().scan(head + "\nGET\n\n", 32768);
    EXPECT_EQ(found.progress, scan_state::complete);
    EXPECT_EQ(found.size, head.size());

    head_scanner again;
    EXPECT_EQ(again.scan("GET / HTTP/1.1\r\nHost", 32768).progress, scan_state::more);
    again.reset();
    EXPECT_EQ(again.scan("GET / HTTP/1.1\r\n\r\n", 32768).size, 18u);
}

TEST(head_scanner, limits_the_head) {
    const auto scan = [](std::string_view bytes, std::size_t limit) {
        return head_scanner().scan(bytes, limit);
    };
    const std::string head =
        "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(100, 'y') + "\r\n\r\n";
    EXPECT_EQ(scan(head, head.size()).progress, scan_state::complete);
    EXPECT_EQ(scan(head, head.size() - 1).refusal.status, 431u);
    EXPECT_EQ(scan(head.substr(0, 100), 101).progress, scan_state::more);
    EXPECT_EQ(scan(head.substr(0, 100), 100).refusal.status, 431u);
    EXPECT_EQ(scan("GET /" + std::string(1000, 'a'), 1000).refusal.status, 414u);
    EXPECT_EQ(
        scan("GET /" + std::string(700, 'a') + " HTTP/1.1\r\nX: " + std::string(400, 'y'), 1000)
            .refusal.status,
        414u);
    EXPECT_EQ(scan(std::string(1000, 'A'), 1000).refusal.status, 400u);
    // What lies behind the limit is not looked at.
    EXPECT_EQ(scan(std::string(head) + "\n", head.size() - 4).refusal.status, 431u);
}

} // namespace
} // namespace thalamus::http::parse_test
