// Requests whose head two parsers could read differently: refused, and no target sees a byte of
// them (rows 1 and 3 of the security list).

#include "tests/support/plain_gateway.hpp"

#include <gtest/gtest.h>

namespace thalamus::test::framing_head_test {
namespace {

const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: test\r\n\r\n";
const std::string nul(1, '\0');

/// A POST with these lines between Host and the empty line, and a body that hides a request.
std::string post(const std::string& lines, const std::string& version = "HTTP/1.1") {
    return "POST / " + version + "\r\nHost: test\r\n" + lines + "\r\n\r\n0\r\n\r\n" + smuggled;
}

class framing_head : public testing::Test {
protected:
    recording_target target;
    plain_gateway gateway{target};

    /// The statuses of all answers on the connection until it closes.
    std::vector<int> statuses(const std::string& bytes) {
        raw_client client(gateway.port());
        client.try_send(bytes);
        std::vector<int> all;
        try {
            while (true) all.push_back(client.read("GET", 3s).status);
        } catch (const connection_lost&) {
        } catch (const timed_out&) {
            ADD_FAILURE() << "the connection stays open";
        }
        return all;
    }

    void expect_refused(const std::vector<std::string>& messages, std::vector<int> with = {400}) {
        for (auto& message : messages) {
            SCOPED_TRACE(message.substr(0, 300));
            auto answers = statuses(message);
            EXPECT_EQ(answers.size(), 1u);
            for (auto status : answers)
                EXPECT_TRUE(std::count(with.begin(), with.end(), status)) << status;
            EXPECT_EQ(target.bytes_received(), 0u);
            target.forget();
        }
        EXPECT_EQ(gateway.get("/").status, 200) << "others are served";
        EXPECT_EQ(target.request_count(), 1u);
    }
};

TEST_F(framing_head, two_framings_at_once) {
    expect_refused(
        {
            post("Content-Length: 5\r\nTransfer-Encoding: chunked"),
            post("Transfer-Encoding: chunked\r\nContent-Length: 5"),
            post("Transfer-Encoding: chunked\r\nX: y\r\nContent-Length: 0"),
            post("transfer-encoding: CHUNKED\r\ncontent-length: 5"),
            post("Transfer-Encoding: identity\r\nContent-Length: 5"),
            post("Transfer-Encoding: x\r\nContent-Length: 5"),
            post("Transfer-Encoding:\r\nContent-Length: 5"),
        },
        {400, 501});
}

TEST_F(framing_head, lengths_that_are_repeated) {
    expect_refused({
        post("Content-Length: 5\r\nContent-Length: 6"),
        post("Content-Length: 5\r\nContent-Length: 5"),
        post("Content-Length: 5\r\nX: y\r\ncontent-length: 0"),
        post("Content-Length: 5, 5"),
        post("Content-Length: 5, 6"),
        post("Content-Length: 5,"),
        post("Content-Length: ,5"),
        post("Content-Length: 5\r\nContent-Length:"),
    });
}

TEST_F(framing_head, lengths_that_are_no_number) {
    std::vector<std::string> all;
    for (std::string value : {"+5",
                              "-5",
                              "-0",
                              "0x5",
                              "5a",
                              "",
                              " ",
                              "5 5",
                              "5;",
                              "5.0",
                              "1e1",
                              "\"5\"",
                              "'5'",
                              "\v5",
                              "5\v",
                              "\f5",
                              "\xd9\xa5",
                              "\xa0"
                              "5",
                              "0_5",
                              "00005",
                              "99999999999999999999",
                              "18446744073709551616",
                              "18446744073709551621",
                              "9223372036854775808a"})
        all.push_back(post("Content-Length: " + value));
    all.push_back(post("Content-Length: 5" + nul));
    all.push_back(post("Content-Length: " + nul + "5"));
    expect_refused(all);
}

TEST_F(framing_head, lengths_beyond_every_limit) {
    expect_refused({post("Content-Length: 9223372036854775808"),
                    post("Content-Length: 18446744073709551615"),
                    post("Content-Length: 99999999999999")},
                   {400, 413});
}

TEST_F(framing_head, transfer_codings_that_are_not_just_chunked) {
    std::vector<std::string> all;
    for (std::string value : {"chunked,",
                              ",chunked",
                              "x, chunked",
                              "chunked, x",
                              "chunked, chunked",
                              "identity",
                              "gzip",
                              "gzip, chunked",
                              "chunked, gzip",
                              "chunked, identity",
                              "identity, chunked",
                              "xchunked",
                              "chunkedx",
                              "chun ked",
                              "\"chunked\"",
                              "'chunked'",
                              "chunked;q=1",
                              "chunked;",
                              "",
                              ",",
                              "\vchunked",
                              "chunked\v",
                              "\fchunked",
                              "chunked\f",
                              "\xa0"
                              "chunked",
                              "chunked\xa0",
                              "c\thunked",
                              "cow",
                              "chunked chunked",
                              "[chunked]",
                              "chunk",
                              "trailers, chunked"})
        all.push_back(post("Transfer-Encoding: " + value));
    all.push_back(post("Transfer-Encoding: chunked" + nul));
    all.push_back(post("Transfer-Encoding: " + nul + "chunked"));
    all.push_back(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"));
    all.push_back(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"));
    all.push_back(post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"));
    all.push_back(post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"));
    all.push_back(post("Transfer-Encoding: chunked\r\nTransfer-Encoding:"));
    expect_refused(all, {400, 501});
}

TEST_F(framing_head, transfer_coding_in_http_1_0) {
    expect_refused({post("Transfer-Encoding: chunked", "HTTP/1.0"),
                    post("Transfer-Encoding: identity", "HTTP/1.0"),
                    post("Transfer-Encoding: chunked\r\nConnection: keep-alive", "HTTP/1.0")},
                   {400, 501});
}

TEST_F(framing_head, line_ends_that_are_no_crlf) {
    expect_refused({
        "GET / HTTP/1.1\nHost: test\n\n" + smuggled,
        "GET / HTTP/1.1\r\nHost: test\n\r\n" + smuggled,
        "GET / HTTP/1.1\r\nHost: test\r\nX: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: test\r\n\n" + smuggled,
        "GET / HTTP/1.1\r\nHost: test\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: test\r\nX: a\r\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: test\r\r\n\r\n",
        "GET / HTTP/1.1\rHost: test\r\r\r\n\r\n",
        "GET / HTTP/1.1\r\r\nHost: test\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: test\r\n\r\r\n\r\n",
        "GET /\r HTTP/1.1\r\nHost: test\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: test\r\n\rX: y\r\n\r\n",
        post("X: y\n\r\nContent-Length: 5"),
        post("Content-Length: 5\nContent-Length: 6"),
        post("Transfer-Encoding: chunked\nX: y"),
        post("Transfer-Encoding\n: chunked"),
        post("Transfer-Encoding: \nchunked"),
        "\nGET / HTTP/1.1\r\nHost: test\r\n\r\n",
    });
}

TEST_F(framing_head, blanks_where_none_may_be) {
    expect_refused({
        post("Content-Length : 5"),
        post("Content-Length\t: 5"),
        post("Transfer-Encoding : chunked"),
        post("Transfer-Encoding\t:chunked"),
        post("Transfer-Encoding\v: chunked"),
        post("Transfer-Encoding\xa0: chunked"),
        post("Transfer Encoding: chunked"),
        post(" Transfer-Encoding: chunked"),
        "POST / HTTP/1.1\r\n Host: test\r\nContent-Length: 5\r\n\r\nhello" + smuggled,
        "POST / HTTP/1.1\r\n\tX: y\r\nHost: test\r\n\r\n" + smuggled,
        "GET / HTTP/1.1\r\nHost : test\r\n\r\n",
    });
}

TEST_F(framing_head, folded_lines) {
    expect_refused({
        post("X: a\r\n b"),
        post("X: a\r\n\tTransfer-Encoding: chunked"),
        post("Transfer-Encoding:\r\n chunked"),
        post("Transfer-Encoding: chunked\r\n , identity"),
        post("Content-Length: 5\r\n 6"),
        post("Content-Length:\r\n\t5"),
        "GET / HTTP/1.1\r\nHost: te\r\n st\r\n\r\n",
        post("X: a\r\n \r\nY: b"),
    });
}

TEST_F(framing_head, names_that_are_none) {
    std::vector<std::string> all;
    for (std::string line :
         {": x",    ":",      "abc",     "a b: c",      "a(b: c",         "a@b: c",
          "a/b: c", "[a]: c", "a\"b: c", "\xc3\xa9: c", "a\x01: c",       "a\x7f: c",
          "a,b: c", "a;b: c", "a=b: c",  "{a}: c",      "Content-Length", "a?: c",
          "<a>: c", "a\\b: c"})
        all.push_back(post(line + "\r\nContent-Length: 5"));
    all.push_back(post("a" + nul + ": c\r\nContent-Length: 5"));
    all.push_back(post("Content-Length" + nul + ": 5"));
    all.push_back(post(nul + "Transfer-Encoding: chunked"));
    all.push_back(post(": x\r\nTransfer-Encoding: chunked"));
    expect_refused(all);
}

TEST_F(framing_head, values_with_control_characters) {
    std::vector<std::string> all;
    for (char c = 0; c < 32; ++c)
        if (c != '\t' && c != '\n') all.push_back(post("X: a" + std::string(1, c) + "b"));
    all.push_back(post("X: a\x7f"
                       "b"));
    all.push_back("GET / HTTP/1.1\r\nHost: te" + nul + "st\r\n\r\n");
    all.push_back("GET /a" + nul + "b HTTP/1.1\r\nHost: test\r\n\r\n");
    all.push_back("GET /a\x01"
                  "b HTTP/1.1\r\nHost: test\r\n\r\n");
    all.push_back("GET /a\x7f"
                  "b HTTP/1.1\r\nHost: test\r\n\r\n");
    all.push_back("GET /?a\tb HTTP/1.1\r\nHost: test\r\n\r\n");
    expect_refused(all);
}

TEST_F(framing_head, takes_what_is_only_unusual) {
    for (std::string message : {
             "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: "
             "CHUNKED\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
             "POST / HTTP/1.1\r\nHost: "
             "test\r\nTransfer-Encoding:chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
             "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding:  chunked "
             "\t\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
             "POST / HTTP/1.1\r\nHost: test\r\nContent-Length:5\r\n\r\nhello",
             "POST / HTTP/1.1\r\nHost: test\r\nContent-Length:  \t5 \r\n\r\nhello",
             "GET / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello",
             "POST / HTTP/1.1\r\nHost:test\r\nX:\r\nContent-Length: 5\r\n\r\nhello",
         }) {
        raw_client client(gateway.port());
        client.send(message + request_text("GET", "/next"));
        EXPECT_EQ(client.read().status, 200) << message;
        EXPECT_EQ(client.read().status, 200) << message;
        auto seen = target.requests();
        ASSERT_EQ(seen.size(), 2u) << message;
        EXPECT_EQ(seen[0].body, "hello") << message;
        EXPECT_EQ(seen[1].target, "/next") << message;
        target.forget();
    }
}

TEST_F(framing_head, a_length_under_another_name_is_no_length) {
    for (std::string line :
         {"Content_Length: 41", "Transfer_Encoding: chunked", "X-Content-Length: 41"}) {
        auto answers = statuses("POST /outer HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" +
                                line + "\r\n\r\n" + smuggled);
        EXPECT_EQ(answers, std::vector<int>({200})) << line;
        auto seen = target.last_request();
        EXPECT_EQ(seen.target, "/outer");
        EXPECT_FALSE(seen.has("Content_Length") || seen.has("Transfer_Encoding"));
        EXPECT_EQ(seen.body, "");
    }
}

} // namespace
} // namespace thalamus::test::framing_head_test
