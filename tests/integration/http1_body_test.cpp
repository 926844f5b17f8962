// Bodies in both directions: framing, early answers, 1xx, limits (RFC 9110 and 9112).

#include "tests/support/plain_gateway.hpp"

#include <gtest/gtest.h>

namespace thalamus::test::http1_body_test {
namespace {

const std::string chunked_head =
    "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";

void echo_body(target_exchange& x) { x.answer(200, x.read_body()); }

TEST(http1_body, forwards_a_chunked_request_body) {
    recording_target target(echo_body);
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send(chunked_head + chunk("hello ") + "5;name=value\r\nworld\r\n0\r\n\r\n");
    EXPECT_EQ(client.read().body, "hello world");
    EXPECT_EQ(target.last_request().body, "hello world");
    EXPECT_EQ(client.get("/").status, 200) << "the connection goes on";
}

TEST(http1_body, forwards_a_chunked_answer_as_it_is_framed) {
    recording_target target([](target_exchange& x) {
        x.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("one") +
               chunk(std::string(100000, 'x')) + std::string(last_chunk));
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    for (int i = 0; i < 3; ++i) {
        auto answer = client.get("/");
        EXPECT_TRUE(answer.chunked);
        EXPECT_EQ(answer.body, "one" + std::string(100000, 'x'));
    }
    EXPECT_EQ(target.connection_count(), 1u);
}

TEST(http1_body, forwards_an_answer_that_ends_with_its_connection) {
    recording_target target([](target_exchange& x) {
        x.send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
        x.close();
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    auto answer = client.get("/");
    EXPECT_EQ(answer.body, "until the end");
    EXPECT_TRUE(answer.chunked ? client.get("/").status == 200 : client.closed());
}

TEST(http1_body, drops_trailers_in_both_directions) {
    recording_target target([](target_exchange& x) {
        x.read_body();
        x.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n" +
               chunk("data") + "0\r\nX-Sum: 1\r\nSet-Cookie: a=b\r\n\r\n");
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send(chunked_head + chunk("data") + "0\r\nX-Forwarded-For: 1.2.3.4\r\nX-T: 1\r\n\r\n");
    auto answer = client.read();
    EXPECT_EQ(answer.body, "data");
    EXPECT_TRUE(answer.trailers.empty());
    EXPECT_FALSE(answer.has("X-Sum") || answer.has("Set-Cookie"));
    EXPECT_TRUE(target.last_request().trailers.empty());
    EXPECT_FALSE(target.last_request().has("X-T"));
    EXPECT_EQ(target.connections()[0].bytes.find("X-T"), std::string::npos);
}

TEST(http1_body, answers_head_as_get_without_the_body) {
    recording_target target([](target_exchange& x) {
        x.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Own: 1\r\nETag: \"e\"\r\n\r\n");
        if (x.head.method == "GET") x.send("12345");
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    auto get = client.get("/");
    auto head = client.ask("HEAD", "/");
    EXPECT_EQ(target.last_request().method, "HEAD");
    EXPECT_EQ(head.get("Content-Length"), "5");
    auto names = [](const response& answer) {
        std::vector<std::string> all;
        for (auto& one : answer.fields) all.push_back(one.first);
        return all;
    };
    EXPECT_EQ(names(head), names(get));
    EXPECT_EQ(client.get("/").body, "12345") << "nothing of a body lay between";
    EXPECT_EQ(target.connection_count(), 1u);
}

TEST(http1_body, knows_answers_that_have_no_body) {
    recording_target target([](target_exchange& x) {
        if (x.head.target == "/304") x.send("HTTP/1.1 304 No\r\nContent-Length: 99\r\n\r\n");
        else x.send("HTTP/1.1 204 None\r\n\r\n");
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    EXPECT_EQ(client.get("/304").status, 304);
    EXPECT_EQ(client.get("/204").status, 204);
    EXPECT_EQ(client.get("/304").status, 304);
    EXPECT_EQ(target.connection_count(), 1u);
}

TEST(http1_body, leaves_100_continue_to_the_target) {
    gate go;
    recording_target target([&](target_exchange& x) {
        x.wait(go);
        x.send("HTTP/1.1 100 Continue\r\n\r\n");
        x.answer(200, x.read_body());
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send(
        "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_TRUE(client.silent_for(50ms)) << "the gateway sends no 100 of its own";
    go.open();
    EXPECT_EQ(client.read_head().status, 100);
    client.send("body");
    EXPECT_EQ(client.read().body, "body");
    EXPECT_TRUE(target.last_request().get("Expect").has_value());
    EXPECT_EQ(client.get("/").status, 200);
}

TEST(http1_body, passes_a_final_answer_instead_of_100_and_reads_no_body) {
    recording_target target([](target_exchange& x) {
        x.answer(403, "no");
        x.close();
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send(
        "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    auto answer = client.read();
    EXPECT_EQ(answer.status, 403);
    EXPECT_TRUE(answer.interim.empty());
    EXPECT_EQ(target.request_count(), 0u);
    EXPECT_TRUE(client.closed(3s)) << "whether the body still comes is unknowable";
}

TEST(http1_body, passes_an_early_answer_and_closes_after_a_second) {
    gate never;
    recording_target target([&](target_exchange& x) {
        x.answer(413, "too much for me");
        x.wait(never);
        x.close();
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\n" +
                std::string(10000, 'x'));
    auto answer = client.read();
    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(answer.body, "too much for me");
    EXPECT_TRUE(answer.says_close());
    stopwatch waited;
    EXPECT_TRUE(client.closed(3s));
    EXPECT_LT(waited.elapsed(), 2s);
    never.open();
}

TEST(http1_body, passes_an_early_answer_to_a_client_that_keeps_sending) {
    gate never;
    recording_target target([&](target_exchange& x) {
        x.answer(401, "who are you");
        x.wait(never);
        x.close();
    });
    plain_gateway gateway(target, "limits: {body: 1GiB}");
    raw_client client(gateway.port());
    client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 100000000\r\n\r\n");
    auto answer_came = [&] { return !client.silent_for(0ms); };
    const std::string piece(16384, 'x');
    deadline until = 5s;
    while (!answer_came() && !until.passed())
        if (!client.try_send(piece, 1s)) break;
    auto answer = client.read();
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.body, "who are you");
    std::size_t dropped = 0;
    while (dropped < 100'000'000 && client.try_send(piece, 3s)) dropped += piece.size();
    EXPECT_LT(dropped, 20'000'000u) << "the gateway reads no more than 64 KiB of it";
    never.open();
}

TEST(http1_body, passes_1xx_on_but_not_to_http_1_0) {
    recording_target target([](target_exchange& x) {
        x.send("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
               "HTTP/1.1 102 Processing\r\n\r\n" +
               answer_text(200, "final"));
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    auto answer = client.get("/");
    EXPECT_EQ(answer.body, "final");
    ASSERT_EQ(answer.interim.size(), 2u);
    EXPECT_EQ(answer.interim[0].status, 103);
    EXPECT_EQ(answer.interim[0].get("Link"), "</style.css>; rel=preload");
    EXPECT_EQ(answer.interim[1].status, 102);
    raw_client old(gateway.port());
    old.send("GET / HTTP/1.0\r\n\r\n");
    answer = old.read();
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.interim.empty());
}

TEST(http1_body, passes_an_early_hint_at_once) {
    gate go;
    recording_target target([&](target_exchange& x) {
        x.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
        x.wait(go);
        x.answer(200);
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send(request_text("GET", "/"));
    EXPECT_EQ(client.read_head(2s).status, 103);
    go.open();
    EXPECT_EQ(client.read().status, 200);
}

TEST(http1_body, refuses_a_101_that_nobody_asked_for) {
    recording_target target([](target_exchange& x) {
        x.send("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nbytes");
    });
    plain_gateway gateway(target);
    EXPECT_EQ(gateway.get("/").status, 502);
}

TEST(http1_body, refuses_a_body_over_the_limit_before_the_target_sees_it) {
    recording_target target(echo_body);
    plain_gateway gateway(target, "limits: {body: 1000}");
    raw_client client(gateway.port());
    EXPECT_EQ(client.ask("POST", "/", {}, std::string(1000, 'x')).status, 200);
    client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1001\r\n\r\n");
    EXPECT_EQ(client.read().status, 413);
    EXPECT_TRUE(client.closed());
    EXPECT_EQ(target.request_count(), 1u);
}

TEST(http1_body, refuses_a_chunked_body_that_grows_over_the_limit) {
    recording_target target(echo_body);
    plain_gateway gateway(target, "limits: {body: 1000}");
    raw_client client(gateway.port());
    client.send(chunked_head + chunk(std::string(600, 'x')));
    client.send(chunk(std::string(600, 'x')));
    EXPECT_EQ(client.read().status, 413);
    EXPECT_TRUE(client.closed());
    EXPECT_EQ(target.request_count(), 0u);
}

TEST(http1_body, takes_the_route_s_own_limit) {
    recording_target target(echo_body);
    plain_gateway gateway(target, "limits: {body: 1000}", "", ", body: 2000");
    EXPECT_EQ(gateway.ask("POST", "/", {}, std::string(2000, 'x')).status, 200);
    EXPECT_EQ(gateway.ask("POST", "/", {}, std::string(2001, 'x')).status, 413);
}

TEST(http1_body, forwards_bodies_of_any_bytes) {
    recording_target target(echo_body);
    plain_gateway gateway(target);
    std::string all;
    for (int i = 0; i < 256 * 100; ++i) all += static_cast<char>(i * 31 + i / 256);
    EXPECT_EQ(gateway.ask("PUT", "/", {}, all).body, all);
    EXPECT_EQ(gateway
                  .ask("PUT", "/", {{"Transfer-Encoding", "chunked"}},
                       chunk(all) + std::string(last_chunk))
                  .body,
              all);
}

} // namespace
} // namespace thalamus::test::http1_body_test
