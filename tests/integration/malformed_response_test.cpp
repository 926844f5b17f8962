// Answers of a target that two parsers could read differently, or that never end: 502, never passed
// on, and the connection they came on is not used again.

#include "tests/support/plain_gateway.hpp"

#include <gtest/gtest.h>

namespace thalamus::test::malformed_response_test {
namespace {

const std::string nul(1, '\0');

class malformed_answer : public testing::Test {
protected:
    std::mutex mutex;
    std::string bytes; ///< what the target sends; it then waits for the gateway to leave
    recording_target target{[this](target_exchange& x) {
        if (x.head.target != "/bad") return x.answer(200, "good");
        std::string now;
        {
            std::lock_guard lock(mutex);
            now = bytes;
        }
        x.send(now);
        EXPECT_TRUE(x.client_left(5s)) << "the connection stays open after: " << now.substr(0, 300);
        x.close();
    }};
    plain_gateway gateway{target, "limits: {answer_header_bytes: 16KiB}"};

    void say(std::string what) {
        std::lock_guard lock(mutex);
        bytes = std::move(what);
    }

    void expect_502(const std::vector<std::string>& answers) {
        for (auto& answer : answers) {
            SCOPED_TRACE(answer.substr(0, 300));
            say(answer);
            raw_client client(gateway.port());
            try {
                auto got = client.get("/bad");
                EXPECT_EQ(got.status, 502) << got.head;
                EXPECT_EQ(got.body.find("leak"), std::string::npos);
                EXPECT_EQ(got.get("Content-Type"), "application/problem+json");
                EXPECT_EQ(client.get("/good").body, "good") << "the client's connection goes on";
            } catch (const test_error& error) {
                ADD_FAILURE() << error.what();
            }
        }
    }

    /// The head was fine, so it has gone; what follows must not look complete.
    void expect_truncated(const std::vector<std::string>& answers) {
        for (auto& answer : answers) {
            SCOPED_TRACE(answer.substr(0, 300));
            say(answer);
            raw_client client(gateway.port());
            client.send(request_text("GET", "/bad"));
            try {
                auto got = client.read();
                EXPECT_EQ(got.status, 502) << "complete: " << got.head << got.body;
            } catch (const connection_lost&) {
            } catch (const timed_out& error) {
                ADD_FAILURE() << error.what();
            }
        }
        EXPECT_EQ(gateway.get("/good").body, "good");
    }
};

TEST_F(malformed_answer, two_framings_or_lengths_are_502) {
    expect_502({
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\nleak",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: "
        "4\r\n\r\n4\r\nleak\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nleak",
        "HTTP/1.1 200 OK\r\nContent-Length: 4, 5\r\n\r\nleak",
        "HTTP/1.1 200 OK\r\nContent-Length: +4\r\n\r\nleak",
        "HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\nleak",
        "HTTP/1.1 200 OK\r\nContent-Length: 0x4\r\n\r\nleak",
        "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nleak",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nleak",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n4\r\nleak\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nleak",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n4\r\nleak\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nleak\r\n0\r\n\r\n",
    });
}

TEST_F(malformed_answer, status_lines_that_are_none_are_502) {
    expect_502({
        "HTTP/1.1 20 OK\r\nContent-Length: 4\r\n\r\nleak",
        "HTTP/1.1 2000 OK\r\nContent-Length: 4\r\n\r\nleak",
        "HTTP/1.1 abc OK\r\nContent-Length: 4\r\n\r\nleak",
        "HTTP/1.1  200 OK\r\nContent-Length: 4\r\n\r\nleak",
        "HTTP/1.1 099 OK\r\nContent-Length: 4\r\n\r\nleak",
        "HTTP/1.1 +20 OK\r\nContent-Length: 4\r\n\r\nleak",
        "HTTP/2.0 200 OK\r\nContent-Length: 4\r\n\r\nleak",
        "HTTX/1.1 200 OK\r\nContent-Length: 4\r\n\r\nleak",
        "200 OK\r\nContent-Length: 4\r\n\r\nleak",
        "leak\r\n\r\n",
        "\x16\x03\x01\r\n\r\n",
        "HTTP/1.1 200 O" + nul + "K\r\nContent-Length: 4\r\n\r\nleak",
    });
}

TEST_F(malformed_answer, heads_with_faults_are_502) {
    expect_502({
        "HTTP/1.1 200 OK\r\nX: a" + nul + "b\r\nContent-Length: 4\r\n\r\nleak",
        "HTTP/1.1 200 OK\r\nX: a\x01"
        "b\r\nContent-Length: 4\r\n\r\nleak",
        "HTTP/1.1 200 OK\r\nX: a\r\n folded\r\nContent-Length: 4\r\n\r\nleak",
        "HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: leak=1\r\nContent-Length: 4\r\n\r\nleak",
        "HTTP/1.1 200 OK\nContent-Length: 4\n\nleak",
        "HTTP/1.1 200 OK\r\nX: a\nSet-Cookie: leak=1\r\nContent-Length: 4\r\n\r\nleak",
        "HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 4\r\n\r\nleak",
        "HTTP/1.1 200 OK\r\n: a\r\nContent-Length: 4\r\n\r\nleak",
        "HTTP/1.1 200 OK\r\na b: c\r\nContent-Length: 4\r\n\r\nleak",
        "HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 4\r\n\r\nleak",
        "HTTP/1.1 200 OK\r\n X: y\r\nContent-Length: 4\r\n\r\nleak",
    });
}

TEST_F(malformed_answer, a_head_without_end_is_502) {
    std::string many = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 2000; ++i) many += "X-" + std::to_string(i) + ": leak\r\n";
    expect_502({many, "HTTP/1.1 200 OK\r\nX: " + std::string(50000, 'x'),
                "HTTP/1.1 200 " + std::string(50000, 'x')});
}

TEST_F(malformed_answer, a_flood_of_1xx_is_502) {
    std::string flood;
    for (int i = 0; i < 20000; ++i) flood += "HTTP/1.1 103 Early Hints\r\nLink: </leak>\r\n\r\n";
    say(flood);
    raw_client client(gateway.port());
    client.send(request_text("GET", "/bad"));
    std::size_t passed = 0;
    int status = 0;
    try {
        while ((status = client.read_head().status) == 103) ++passed;
    } catch (const connection_lost&) {
        status = 502;
    }
    EXPECT_EQ(status, 502);
    EXPECT_LT(passed, 1000u);
}

TEST_F(malformed_answer, a_malformed_1xx_is_502) {
    expect_502({
        "HTTP/1.1 103 Hints\r\nX: a" + nul +
            "\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nleak",
        "HTTP/1.1 103 Hints\nX: a\n\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nleak",
    });
}

TEST_F(malformed_answer, a_bad_chunk_truncates) {
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    expect_truncated({head + "zz\r\nworld\r\n0\r\n\r\n", head + "5\r\nworldX\r\n0\r\n\r\n",
                      head + "5\nworld\r\n0\r\n\r\n", head + "-5\r\nworld\r\n0\r\n\r\n",
                      head + "10000000000000005\r\nworld\r\n0\r\n\r\n",
                      head + "0\r\nbad trailer\r\n\r\n", head + "0\n\n",
                      head + "5;" + std::string(100000, 'e') + "\r\nworld\r\n0\r\n\r\n"});
}

TEST(malformed_answers, a_body_that_is_too_short_truncates) {
    recording_target target([](target_exchange& x) {
        if (x.head.target == "/length")
            x.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort");
        if (x.head.target == "/chunked")
            x.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n");
        if (x.head.target == "/reset") {
            x.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort");
            x.reset();
        }
        x.close();
    });
    plain_gateway gateway(target);
    for (auto* path : {"/length", "/chunked", "/reset"}) {
        raw_client client(gateway.port());
        client.send(request_text("GET", path));
        EXPECT_THROW(client.read(), connection_lost) << path;
    }
}

TEST(malformed_answers, silence_and_half_a_head_are_502) {
    recording_target target([](target_exchange& x) {
        if (x.head.target == "/half") x.send("HTTP/1.1 200 OK\r\nContent-Le");
        x.close();
    });
    plain_gateway gateway(target);
    EXPECT_EQ(gateway.ask("POST", "/nothing").status, 502);
    EXPECT_EQ(gateway.ask("POST", "/half").status, 502);
}

TEST(malformed_answers, bytes_after_an_answer_are_never_the_next_one) {
    recording_target target([](target_exchange& x) {
        if (x.head.target == "/extra")
            return x.send(answer_text(200, "first") + answer_text(200, "leak"));
        if (x.head.target == "/head")
            return x.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nleak");
        if (x.head.target == "/204") return x.send("HTTP/1.1 204 No\r\n\r\nleak");
        x.answer(200, "clean");
    });
    plain_gateway gateway(target);
    for (int i = 0; i < 20; ++i) {
        raw_client client(gateway.port());
        ASSERT_EQ(client.get("/extra").body, "first");
        ASSERT_EQ(client.get("/clean").body, "clean");
        ASSERT_EQ(client.ask("HEAD", "/head").status, 200);
        ASSERT_EQ(client.get("/clean").body, "clean");
        ASSERT_EQ(client.get("/204").status, 204);
        ASSERT_EQ(client.get("/clean").body, "clean");
    }
}

TEST(malformed_answers, bytes_behind_an_answer_that_filled_a_read_are_not_the_next_one_either) {
    std::atomic<std::size_t> size = 0;
    recording_target target([&](target_exchange& x) {
        if (x.head.target != "/extra") return x.answer(200, "clean");
        const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: ";
        std::string first = head + std::to_string(size - head.size() - 8) + "\r\n\r\n";
        first.resize(size, 'x');
        x.send(first + answer_text(200, "leak"));
    });
    plain_gateway gateway(target);
    for (const std::size_t each : {4096u, 16384u, 65536u}) { // the gateway's reads
        size = each;
        for (int i = 0; i < 10; ++i) {
            raw_client client(gateway.port());
            ASSERT_EQ(client.get("/extra").status, 200);
            ASSERT_EQ(client.get("/clean").body, "clean") << each;
        }
    }
}

} // namespace
} // namespace thalamus::test::malformed_response_test
