// How long client connections live, and the order of what happens on them (RFC 9112 section 9).

#include "tests/support/plain_gateway.hpp"

#include <gtest/gtest.h>

namespace thalamus::test::http1_connection_test {
namespace {

void echo_target(target_exchange& x) {
    x.read_body();
    x.answer(200, x.head.target);
}

TEST(http1_connection, serves_many_requests_on_one_connection) {
    recording_target target(echo_target);
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    for (int i = 0; i < 100; ++i) {
        auto answer = client.get("/" + std::to_string(i));
        ASSERT_EQ(answer.status, 200);
        ASSERT_EQ(answer.body, "/" + std::to_string(i));
        ASSERT_FALSE(answer.says_close());
    }
    EXPECT_EQ(target.connection_count(), 1u) << "the target's connection is kept too";
}

TEST(http1_connection, answers_pipelined_requests_in_order_though_the_first_is_slow) {
    gate first;
    recording_target target([&](target_exchange& x) {
        if (x.head.target == "/0") x.wait(first);
        x.answer(200, x.head.target);
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    std::string segment;
    for (int i = 0; i < 10; ++i) segment += request_text("GET", "/" + std::to_string(i));
    client.send(segment);
    EXPECT_TRUE(client.silent_for(50ms));
    first.open();
    for (int i = 0; i < 10; ++i) EXPECT_EQ(client.read().body, "/" + std::to_string(i));
}

TEST(http1_connection, answers_pipelined_requests_with_bodies_in_order) {
    recording_target target([](target_exchange& x) { x.answer(200, x.read_body()); });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    std::string segment;
    for (int i = 0; i < 20; ++i)
        segment += i % 2 ? request_text("POST", "/", {}, "length " + std::to_string(i))
                         : request_text("POST", "/", {{"Transfer-Encoding", "chunked"}},
                                        chunk("chunk " + std::to_string(i)) + "0\r\n\r\n");
    client.send(segment);
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(client.read().body, (i % 2 ? "length " : "chunk ") + std::to_string(i));
}

TEST(http1_connection, answers_nothing_pipelined_after_a_malformed_request) {
    recording_target target(echo_target);
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send(request_text("GET", "/first") + "GET / HTTP/1.1\r\nHost : x\r\n\r\n" +
                request_text("GET", "/third"));
    EXPECT_EQ(client.read().body, "/first");
    EXPECT_EQ(client.read().status, 400);
    EXPECT_EQ(client.read_until_close(), "");
    EXPECT_EQ(target.request_count(), 1u);
}

TEST(http1_connection, closes_when_the_client_says_close) {
    recording_target target;
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    auto answer = client.get("/", {{"Connection", "close"}});
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.says_close());
    EXPECT_TRUE(client.closed());
}

TEST(http1_connection, answers_a_client_that_has_closed_its_half) {
    gate go;
    recording_target target([&](target_exchange& x) {
        x.read_body();
        x.wait(go);
        x.answer(200, "late");
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send(request_text("POST", "/", {}, "body"));
    client.finish_sending();
    ASSERT_TRUE(target.wait_for_requests(1));
    go.open();
    auto answer = client.read();
    EXPECT_EQ(answer.body, "late");
    for (auto& probe : answer.interim)
        EXPECT_EQ(probe.status, 102) << "asks whether it is still there";
    EXPECT_TRUE(client.closed());
}

TEST(http1_connection, answers_all_pipelined_requests_of_a_client_that_has_closed_its_half) {
    recording_target target(echo_target);
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send(request_text("GET", "/1") + request_text("GET", "/2") + request_text("GET", "/3"));
    client.finish_sending();
    for (auto* path : {"/1", "/2", "/3"}) EXPECT_EQ(client.read().body, path);
    EXPECT_TRUE(client.closed());
}

TEST(http1_connection, closes_after_an_http_1_0_request) {
    recording_target target;
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send("GET / HTTP/1.0\r\n\r\n");
    auto answer = client.read();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "target");
    EXPECT_TRUE(client.closed());
}

TEST(http1_connection, keeps_an_http_1_0_connection_when_asked) {
    recording_target target;
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    for (int i = 0; i < 3; ++i) {
        client.send("GET / HTTP/1.0\r\nHost: test\r\nConnection: keep-alive\r\n\r\n");
        auto answer = client.read();
        ASSERT_EQ(answer.status, 200);
        ASSERT_TRUE(same_text(answer.joined("Connection"), "keep-alive")) << answer.head;
    }
}

TEST(http1_connection, gives_http_1_0_clients_a_chunked_answer_until_close) {
    recording_target target([](target_exchange& x) {
        x.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("one") +
               chunk("two") + std::string(last_chunk));
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    auto answer = client.read();
    EXPECT_FALSE(answer.has("Transfer-Encoding")) << answer.head;
    EXPECT_EQ(answer.body, "onetwo");
    EXPECT_TRUE(answer.until_close || answer.has("Content-Length"));
}

TEST(http1_connection, closes_after_the_configured_number_of_requests) {
    recording_target target;
    plain_gateway gateway(target, "limits: {requests_per_connection: 3}");
    raw_client client(gateway.port());
    EXPECT_FALSE(client.get("/").says_close());
    EXPECT_FALSE(client.get("/").says_close());
    EXPECT_TRUE(client.get("/").says_close());
    EXPECT_TRUE(client.closed());
}

TEST(http1_connection, serves_no_more_connections_than_the_limit) {
    recording_target target;
    plain_gateway gateway(target, "limits: {connections: 10}");
    auto served = [&](raw_client& client) {
        try {
            return client.try_send(request_text("GET", "/")) && client.read().status == 200;
        } catch (const connection_lost&) {
            return false;
        }
    };
    std::vector<std::unique_ptr<raw_client>> clients;
    int count = 0;
    for (int i = 0; i < 20; ++i)
        count += served(*clients.emplace_back(std::make_unique<raw_client>(gateway.port())));
    EXPECT_EQ(count, 10);
    clients.clear();
    EXPECT_TRUE(eventually([&] {
        raw_client client(gateway.port());
        return served(client);
    })) << "room again when others have left";
}

TEST(http1_connection, answers_408_to_a_head_that_takes_too_long) {
    recording_target target;
    plain_gateway gateway(target, "timeouts: {header: 300ms}");
    raw_client client(gateway.port());
    client.send("GET / HTTP/1.1\r\nHost: te");
    stopwatch waited;
    auto answer = client.read();
    EXPECT_EQ(answer.status, 408);
    EXPECT_TRUE(client.closed());
    EXPECT_GE(waited.elapsed(), 250ms);
    EXPECT_LT(waited.elapsed(), 1500ms);
}

TEST(http1_connection, a_dripping_head_gains_no_time) {
    recording_target target;
    plain_gateway gateway(target, "timeouts: {header: 400ms}");
    raw_client client(gateway.port());
    std::string head = "GET / HTTP/1.1\r\nHost: test\r\nX-Long: " + std::string(1000, 'x');
    stopwatch waited;
    std::size_t at = 0;
    while (waited.elapsed() < 5s && client.silent_for(20ms) && at < head.size())
        client.try_send(std::string_view(head).substr(at++, 1));
    EXPECT_EQ(client.read().status, 408);
    EXPECT_LT(waited.elapsed(), 1500ms);
}

TEST(http1_connection, closes_an_idle_connection_silently) {
    recording_target target;
    plain_gateway gateway(target, "timeouts: {idle: 200ms}");
    raw_client client(gateway.port());
    EXPECT_EQ(client.get("/").status, 200);
    stopwatch waited;
    EXPECT_EQ(client.read_until_close(), "");
    EXPECT_GE(waited.elapsed(), 150ms);
    EXPECT_LT(waited.elapsed(), 1500ms);
}

TEST(http1_connection, answers_408_to_a_body_that_stops) {
    recording_target target(echo_target);
    plain_gateway gateway(target, "timeouts: {body_idle: 300ms}");
    raw_client client(gateway.port());
    client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\nten bytes.");
    EXPECT_EQ(client.read().status, 408);
    EXPECT_TRUE(client.closed());
    EXPECT_EQ(target.request_count(), 0u);
}

TEST(http1_connection, skips_one_empty_line_before_a_request) {
    recording_target target;
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send("\r\n" + request_text("GET", "/"));
    EXPECT_EQ(client.read().status, 200);
}

} // namespace
} // namespace thalamus::test::http1_connection_test
