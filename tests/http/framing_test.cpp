#include "http/framing.hpp"

#include "tests/http/message_reader.hpp"
#include "tests/support/paths.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <string>
#include <vector>

namespace thalamus::http::framing_test {
namespace {

using namespace std::string_literals;
using outcome = read_result::outcome;

std::string printable(std::string_view bytes) {
    return ::testing::PrintToString(std::string(bytes));
}

std::string post(std::string_view fields, std::string_view version = "HTTP/1.1") {
    return "POST / " + std::string(version) + "\r\nHost: a\r\n" + std::string(fields) + "\r\n\r\n";
}

read_result decode(std::string_view body) { return read_chunked(body, {body.size()}); }

TEST(request_framing, is_by_length_or_chunked_or_absent) {
    struct accepted_case {
        std::string bytes;
        body_framing framing;
        std::uint64_t length = 0;
    };
    const std::vector<accepted_case> cases = {
        {post("X: y"), body_framing::none},
        {post("X: y", "HTTP/1.0"), body_framing::none},
        {post("Content-Length: 0"), body_framing::length, 0},
        {post("Content-Length: 5"), body_framing::length, 5},
        {post("Content-Length:5"), body_framing::length, 5},
        {post("content-length: \t5 \t"), body_framing::length, 5},
        {post("Content-Length: 5", "HTTP/1.0"), body_framing::length, 5},
        {post("Content-Length: 18446744073709551615"), body_framing::length,
         std::numeric_limits<std::uint64_t>::max()},
        {post("Transfer-Encoding: chunked"), body_framing::chunked},
        {post("TRANSFER-ENCODING:\tChunked "), body_framing::chunked},
        // Another name is another field; names with '_' are dropped when a request is forwarded.
        {post("Content_Length: 9\r\nTransfer_Encoding: chunked"), body_framing::none},
        {post("Content-Length: 5\r\nTransfer-Encodin: chunked"), body_framing::length, 5},
        {post("X-Transfer-Encoding: chunked\r\nContent-Length: 5"), body_framing::length, 5},
    };
    for (const accepted_case& c : cases) {
        request_head head;
        const refusal why = parse_request_head(c.bytes, 100, head);
        ASSERT_FALSE(why) << printable(c.bytes) << ": " << why.reason;
        EXPECT_EQ(head.framing, c.framing) << printable(c.bytes);
        EXPECT_EQ(head.content_length, c.length) << printable(c.bytes);
    }
}

TEST(message, has_a_bounded_number_of_connection_options) {
    std::string list = "a";
    for (int i = 1; i < 16; ++i) list += ", a";
    const std::string lines = "Connection: " + list + ",,,\r\nConnection: " + list;
    request_head request;
    response_head response;
    EXPECT_FALSE(parse_request_head(post(lines), 100, request));
    EXPECT_EQ(parse_request_head(post(lines + ", close"), 100, request).status, 400u);
    EXPECT_FALSE(parse_response_head("HTTP/1.1 200 OK\r\n" + lines + "\r\n\r\n", "GET", response));
    EXPECT_EQ(
        parse_response_head("HTTP/1.1 200 OK\r\n" + lines + ", b\r\n\r\n", "GET", response).status,
        502u);
}

// features.md section 4, row 1.
TEST(request_framing, that_two_readers_could_take_differently_is_refused) {
    struct refused_case {
        std::string fields;
        unsigned status = 400;
    };
    const std::vector<refused_case> cases = {
        {"Content-Length: 5\r\nTransfer-Encoding: chunked"},
        {"Transfer-Encoding: chunked\r\nContent-Length: 5"},
        {"Transfer-Encoding: chunked\r\nX: y\r\nContent-Length: 0"},
        {"Content-Length: 5\r\nContent-Length: 6"},
        {"Content-Length: 5\r\nContent-Length: 5"},
        {"Content-Length: 5, 5"},
        {"Content-Length: 5, 6"},
        {"Content-Length: 5,"},
        {"Content-Length: ,5"},
        {"Content-Length:"},
        {"Content-Length: \t "},
        {"Content-Length: +5"},
        {"Content-Length: -5"},
        {"Content-Length: -0"},
        {"Content-Length: 0x5"},
        {"Content-Length: 0o5"},
        {"Content-Length: 5_0"},
        {"Content-Length: 5 0"},
        {"Content-Length: 5.0"},
        {"Content-Length: 5e1"},
        {"Content-Length: abc"},
        {"Content-Length: 5a"},
        {"Content-Length: \"5\""},
        {"Content-Length: 005"},
        {"Content-Length: 00"},
        {"Content-Length: 18446744073709551616"},
        {"Content-Length: 99999999999999999999"},
        {"Content-Length: 5\0"s},
        {"Content-Length: \x0b"
         "5"},
        {"Content-Length : 5"},
        {"Content-Length\t: 5"},
        {"Content-Length: 5\r\n 6"},
        {"Transfer-Encoding:"},
        {"Transfer-Encoding: ,"},
        {"Transfer-Encoding: chunked,"},
        {"Transfer-Encoding: ,chunked"},
        {"Transfer-Encoding: chunked, chunked"},
        {"Transfer-Encoding: x, chunked"},
        {"Transfer-Encoding: chunked, x"},
        {"Transfer-Encoding: identity, chunked"},
        {"Transfer-Encoding: chunked;q=1"},
        {"Transfer-Encoding: \"chunked\""},
        {"Transfer-Encoding: chun ked"},
        {"Transfer-Encoding: chunked\0"s},
        {"Transfer-Encoding: \0chunked"s},
        {"Transfer-Encoding: \x0b"
         "chunked"},
        {"Transfer-Encoding: \x0c"
         "chunked"},
        {"Transfer-Encoding: chunked\x0b"},
        {"Transfer-Encoding: chunked\x7f"},
        {"Transfer-Encoding: chunked\xa0"},
        {"Transfer-Encoding: \xef\xbb\xbf"
         "chunked"},
        {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"},
        {"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"},
        {"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"},
        {"Transfer-Encoding: chunked\r\nTransfer-Encoding:"},
        {"Transfer-Encoding : chunked"},
        {"Transfer-Encoding\t: chunked"},
        {"Transfer-Encoding:\r\n chunked"},
        {"Transfer-Encoding: chunked\r\n "},
        {"X: y\r\n Transfer-Encoding: chunked"},
        {" Transfer-Encoding: chunked"},
        {"Transfer Encoding: chunked"},
        {"Transfer-Encoding"},
        {"Transfer-Encoding: chunked\nX: y"},
        {"X: y\nTransfer-Encoding: chunked"},
        {"X: y\rTransfer-Encoding: chunked"},
        {"Transfer-Encoding: gzip, deflate"},
        {"Transfer-Encoding: gzip\r\nContent-Length: 5"},
        {"Transfer-Encoding: gzip", 501},
        {"Transfer-Encoding: identity", 501},
        {"Transfer-Encoding: xchunked", 501},
    };
    for (const refused_case& c : cases) {
        request_head head;
        const std::string bytes = post(c.fields);
        const read_result read = read_request(bytes, head);
        EXPECT_EQ(read.result, outcome::refused) << printable(c.fields);
        EXPECT_EQ(read.refusal.status, c.status)
            << printable(c.fields) << ": " << read.refusal.reason;
        EXPECT_FALSE(read.head_parsed);
    }
    request_head head;
    EXPECT_EQ(parse_request_head(post("Transfer-Encoding: chunked", "HTTP/1.0"), 100, head).status,
              400u);
}

TEST(request_framing, content_length_is_digits) {
    EXPECT_EQ(parse_content_length("0"), 0u);
    EXPECT_EQ(parse_content_length("007"), 7u);
    EXPECT_EQ(parse_content_length("18446744073709551615"),
              std::numeric_limits<std::uint64_t>::max());
    for (const std::string_view bad : {"", " 1", "1 ", "+1", "-1", "-0", "0x1", "1,1", "a",
                                       "18446744073709551616", "184467440737095516150"})
        EXPECT_EQ(parse_content_length(bad), std::nullopt) << bad;
}

class smuggler : public test::vectors_test {
protected:
    smuggler() : vectors_test("smuggler") {}
};

TEST_F(smuggler, gadgets_are_refused_or_unambiguous) {
    auto file = open("gadgets.json");
    std::size_t count = 0;
    std::size_t accepted = 0;
    for (const auto& gadget : nlohmann::json::parse(file)) {
        const std::string lines = latin1_bytes(gadget.at("lines"));
        const std::string body = "5\r\nhello\r\n0\r\n\r\n";
        const std::string bytes = "POST /g?cb=1 HTTP/1.1\r\n" + lines +
                                  "\r\nHost: localhost\r\nContent-Length: 15\r\n"
                                  "Connection: close\r\n\r\n" +
                                  body;
        request_head head;
        const read_result read = read_request(bytes, head);
        ++count;
        ASSERT_NE(read.result, outcome::incomplete) << printable(lines);
        if (read.result == outcome::refused) continue;
        ++accepted;
        EXPECT_EQ(head.framing, body_framing::length) << printable(lines);
        EXPECT_EQ(read.body, body) << printable(lines);
        EXPECT_FALSE(contains(head.fields, field_id::transfer_encoding)) << printable(lines);
    }
    EXPECT_EQ(count, 1703u);
    EXPECT_EQ(accepted, 6u); // the six that suites.md calls benign
}

TEST(response_framing, follows_rfc_9112_6_3) {
    struct framing_case {
        std::string bytes;
        body_framing framing;
        std::uint64_t length = 0;
        std::string_view method = "GET";
    };
    const std::vector<framing_case> cases = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", body_framing::length, 5},
        {"HTTP/1.1 200 OK\r\nContent-Length: 005\r\n\r\n", body_framing::length, 5},
        {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", body_framing::length, 5},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n", body_framing::chunked},
        {"HTTP/1.1 200 OK\r\n\r\n", body_framing::close},
        {"HTTP/1.0 200 OK\r\n\r\n", body_framing::close},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", body_framing::none, 0, "HEAD"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", body_framing::none, 0, "HEAD"},
        {"HTTP/1.1 200 OK\r\n\r\n", body_framing::none, 0, "HEAD"},
        {"HTTP/1.1 200 OK\r\n\r\n", body_framing::none, 0, "CONNECT"},
        {"HTTP/1.1 404 No\r\nContent-Length: 5\r\n\r\n", body_framing::length, 5, "CONNECT"},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", body_framing::none},
        {"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", body_framing::none},
        {"HTTP/1.1 204 No Content\r\n\r\n", body_framing::none},
        {"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", body_framing::none},
        {"HTTP/1.1 100 Continue\r\n\r\n", body_framing::none},
        {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", body_framing::none},
        {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
         body_framing::none},
    };
    for (const framing_case& c : cases) {
        response_head head;
        const refusal why = parse_response_head(c.bytes, c.method, head);
        ASSERT_FALSE(why) << printable(c.bytes) << ": " << why.reason;
        EXPECT_EQ(head.framing, c.framing) << printable(c.bytes);
        EXPECT_EQ(head.content_length, c.length) << printable(c.bytes);
    }
}

TEST(response_framing, that_is_ambiguous_is_refused) {
    const auto answer = [](std::string_view status, std::string_view fields) {
        return "HTTP/1.1 " + std::string(status) + " x\r\n" + std::string(fields) + "\r\n\r\n";
    };
    const std::vector<std::string> cases = {
        answer("200", "Content-Length: 5\r\nTransfer-Encoding: chunked"),
        answer("200", "Transfer-Encoding: chunked\r\nContent-Length: 5"),
        answer("200", "Content-Length: 5\r\nContent-Length: 5"),
        answer("200", "Content-Length: 5\r\nContent-Length: 6"),
        answer("200", "Content-Length: 5, 5"),
        answer("200", "Content-Length: +5"),
        answer("200", "Content-Length:"),
        answer("200", "Content-Length: 99999999999999999999"),
        answer("200", "Transfer-Encoding: gzip"),
        answer("200", "Transfer-Encoding: gzip, chunked"),
        answer("200", "Transfer-Encoding: chunked, gzip"),
        answer("200", "Transfer-Encoding:"),
        answer("200", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        answer("200", "Transfer-Encoding: \x0b"
                      "chunked"),
        answer("200", "Transfer-Encoding:\r\n chunked"),
        answer("204", "Content-Length: 5"),
        answer("204", "Transfer-Encoding: chunked"),
        answer("100", "Content-Length: 5"),
        answer("103", "Transfer-Encoding: chunked"),
        answer("101", "Transfer-Encoding: chunked"),
        answer("304", "Content-Length: x"),
        "HTTP/1.0 200 x\r\nTransfer-Encoding: chunked\r\n\r\n",
    };
    for (const std::string& bytes : cases) {
        response_head head;
        EXPECT_EQ(parse_response_head(bytes, "GET", head).status, 502u) << printable(bytes);
    }
    response_head head;
    EXPECT_TRUE(parse_response_head(
        answer("200", "Content-Length: 5\r\nTransfer-Encoding: chunked"), "HEAD", head));
}

TEST(chunks, are_decoded) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"0\r\n\r\n", ""},
        {"000\r\n\r\n", ""},
        {"5\r\nhello\r\n0\r\n\r\n", "hello"},
        {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"},
        {"a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"},
        {"0000000000000005\r\nhello\r\n0\r\n\r\n", "hello"},
        {"2\r\n\r\n\r\n0\r\n\r\n", "\r\n"},
        {"5\r\n\0\n\r\x80\xff\r\n0\r\n\r\n"s, "\0\n\r\x80\xff"s},
        {"5;ext=value\r\nhello\r\n0\r\n\r\n", "hello"},
        {"5;ext\r\nhello\r\n0;last\r\n\r\n", "hello"},
        {"5;a=\"b;\\\"c\\\\\";d\r\nhello\r\n0\r\n\r\n", "hello"},
        {"5;" + std::string(255, 'a') + "\r\nhello\r\n0\r\n\r\n", "hello"},
        {"5\r\nhello\r\n0\r\nX-Checksum: abc\r\nY:\r\n\r\n", "hello"},
        {"5\r\nhello\r\n0\r\nX: " + std::string(8000, 'y') + "\r\n\r\n", "hello"},
    };
    for (const auto& [bytes, body] : cases) {
        const read_result read = decode(bytes + "GET");
        EXPECT_EQ(read.result, outcome::accepted)
            << printable(bytes) << ": " << read.refusal.reason;
        EXPECT_EQ(read.body, body) << printable(bytes);
        EXPECT_EQ(read.used, bytes.size()) << printable(bytes);
    }
}

TEST(chunks, that_are_malformed_are_refused) {
    const std::string trailer = "5\r\nhello\r\n0\r\n";
    std::string many_trailers = trailer;
    for (int i = 0; i < 65; ++i) many_trailers += "X: y\r\n";
    const std::vector<std::string> cases = {
        // Sizes
        "\r\n",
        "x\r\n",
        "g\r\n",
        "+5\r\nhello\r\n",
        "-5\r\n",
        "0x5\r\nhello\r\n",
        "1_0\r\n",
        " 5\r\n",
        "\t5\r\n",
        "5 \r\n",
        "5\t\r\n",
        "5 ;a\r\n",
        "5,\r\n",
        "5.0\r\n",
        "\"5\"\r\n",
        ";a\r\n",
        "FFFFFFFFFFFFFFFF0\r\n",
        "10000000000000000\r\n",
        "00000000000000000\r\n",
        "+0\r\n\r\n",
        "5\0\r\n"s,
        "\x0b"
        "5\r\n",
        "5\xa0\r\n",
        // Line ends
        "5\n",
        "5\rhello",
        "5\r\r\n",
        "0\n\n",
        "0\r\n\n",
        "0\r\nX: y\n\r\n",
        "0\n\r\n",
        "0\r\rX\r\n",
        // Extensions
        "5;\r\n",
        "5;;\r\n",
        "5;a;\r\n",
        "5;=b\r\n",
        "5;a=\r\n",
        "5;a b\r\n",
        "5;bad[=x\r\n",
        "5;a=b[\r\n",
        "5;a=\"b\r\n",
        "5;a=\"b\r\n\"\r\n",
        "5;a=\"b\"c\r\n",
        "5;\0a\r\n"s,
        "5;a\x01\r\n",
        "5;a=\"\x01\"\r\n",
        "5;a=\"\x7f\"\r\n",
        "5;a\rX\r\n",
        "5;\nhello\r\n",
        "5;a\nhello\r\n",
        "5;" + std::string(256, 'a') + "\r\n",
        "5;" + std::string(400, 'a'),
        // What follows the data
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello!!\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\r0",
        "5\r\nhello\r\r\n",
        "5\r\nhello\r\n\r\n",
        "3\r\nfoo\r\n\r\n0\r\n\r\n",
        // Trailers
        trailer + "X : y\r\n\r\n",
        trailer + ": y\r\n\r\n",
        trailer + "X\r\n\r\n",
        trailer + " X: y\r\n\r\n",
        trailer + "X: y\r\n z\r\n\r\n",
        trailer + "X: \0\r\n\r\n"s,
        trailer + "X:\r\n y\r\n\r\n",
        trailer + "X: y\rz\r\n\r\n",
        trailer + "Content-Length: 5\r\n\r\n",
        trailer + "transfer-encoding: chunked\r\n\r\n",
        trailer + "Host: b\r\n\r\n",
        trailer + "Authorization: b\r\n\r\n",
        trailer + "Content-Type: b\r\n\r\n",
        trailer + "Connection: close\r\n\r\n",
        trailer + "X: " + std::string(9000, 'y') + "\r\n\r\n",
        trailer + std::string(9000, 'y'),
        many_trailers + "\r\n",
    };
    for (const std::string& bytes : cases) {
        const read_result read = decode(bytes);
        EXPECT_EQ(read.result, outcome::refused) << printable(bytes);
        EXPECT_EQ(read.refusal.status, 400u) << printable(bytes);
        EXPECT_LE(read.body.size(), 5u) << printable(bytes);
    }
}

TEST(chunks, are_decoded_the_same_however_they_arrive) {
    for (const std::string& bytes :
         {"5;a=\"b\"\r\nhello\r\n0A\r\n0123456789\r\n0;x\r\nX: y\r\nZ: \r\n\r\nrest"s,
          "5\r\nhello!\r\n0\r\n\r\n"s, "5\r\nhello\r\n0\r\nX: y\r\n z\r\n\r\n"s,
          "5\r\nhello\r\n0\r\n"s, "3;a=\"\r\nabc"s, "5;a\x01\r\n"s}) {
        const read_result whole = decode(bytes);
        for (std::size_t i = 0; i <= bytes.size(); ++i)
            for (std::size_t j = i; j <= bytes.size(); ++j) {
                const read_result parts = read_chunked(bytes, {i, j, bytes.size()});
                ASSERT_EQ(parts.result, whole.result) << printable(bytes) << i << ' ' << j;
                ASSERT_EQ(parts.body, whole.body) << printable(bytes) << i << ' ' << j;
                if (whole.result == outcome::accepted) {
                    ASSERT_EQ(parts.used, whole.used);
                }
            }
    }
}

TEST(chunks, hand_data_on_as_it_arrives) {
    chunk_decoder decoder;
    auto step = decoder.next("FFFFFFFFFFFFFFFF\r\nabc");
    EXPECT_EQ(step.consumed, 21u);
    EXPECT_EQ(step.data, "abc");
    EXPECT_FALSE(step.need_more);
    for (int i = 0; i < 100; ++i) {
        const std::string piece(4096, 'x');
        step = decoder.next(piece);
        ASSERT_EQ(step.consumed, piece.size());
        ASSERT_EQ(step.data.data(), piece.data());
        ASSERT_EQ(step.data.size(), piece.size());
    }
    step = decoder.next("");
    EXPECT_TRUE(step.need_more);

    // A decoder that is moved goes on where it was.
    chunk_decoder moved = std::move(decoder);
    EXPECT_EQ(moved.next("y").data, "y");
}

TEST(chunks, never_ask_for_more_than_fits_into_a_buffer) {
    for (const std::string& start :
         {""s, "5;"s, "5;a=\""s, "0\r\n"s, "0\r\nX: "s, "0;a\r\nX: y\r\n"s, "5\r\nhello"s}) {
        for (const char filler : {'0', '5', 'a', 'y', ' ', ';', '\r', '\n', ':', '"'}) {
            chunk_decoder decoder;
            std::string bytes = start + std::string(16 * 1024, filler);
            std::string_view rest = bytes;
            chunk_decoder::step step;
            for (;;) {
                step = decoder.next(rest);
                rest.remove_prefix(step.consumed);
                if (step.refusal || step.need_more || step.done) break;
            }
            EXPECT_FALSE(step.need_more && rest.size() > 9 * 1024) << start << filler;
        }
    }
}

TEST(chunks, may_not_cost_more_than_they_bring) {
    const std::string extension = ";" + std::string(200, 'a');
    std::string small;
    for (int i = 0; i < 1000; ++i) small += "1" + extension + "\r\nx\r\n";
    EXPECT_EQ(decode(small).result, outcome::refused);

    std::string fair;
    for (int i = 0; i < 1000; ++i)
        fair += "100" + extension + "\r\n" + std::string(256, 'x') + "\r\n";
    EXPECT_EQ(decode(fair + "0\r\n\r\n").result, outcome::accepted);
}

} // namespace
} // namespace thalamus::http::framing_test
