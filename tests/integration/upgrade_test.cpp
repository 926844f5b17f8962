// Upgrade (RFC 9110 section 7.8): a tunnel both ways once the target agrees, and never before.

#include "tests/support/plain_gateway.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace thalamus::test::upgrade_test {
namespace {

const std::string upgrade_request =
    "GET /chat HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const std::string upgrade_answer =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Agrees, then sends back what comes until the end, then says "bye".
void echo(target_exchange& x) {
    if (x.head.target != "/chat") return x.answer(200, "plain");
    x.send(upgrade_answer);
    for (auto bytes = x.receive_raw(); !bytes.empty(); bytes = x.receive_raw()) x.send(bytes);
    x.send("bye");
    x.close();
}

std::string binary(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 256);
    return bytes;
}

TEST(upgrade, tunnels_bytes_both_ways) {
    recording_target target(echo);
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send(upgrade_request);
    auto answer = client.read();
    ASSERT_EQ(answer.status, 101);
    EXPECT_TRUE(same_text(answer.joined("Upgrade"), "websocket")) << answer.head;
    EXPECT_TRUE(same_text(answer.joined("Connection"), "upgrade")) << answer.head;
    EXPECT_EQ(answer.get("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    for (std::size_t size : {1, 2, 125, 4096, 100000}) {
        client.send(binary(size));
        ASSERT_EQ(client.read_exactly(size), binary(size));
    }
    auto bytes = target.connections()[0].bytes;
    EXPECT_NE(bytes.find("websocket"), std::string::npos);
    EXPECT_NE(bytes.find("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), std::string::npos);
}

TEST(upgrade, tunnels_megabytes_in_both_directions_at_once) {
    recording_target target(echo);
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send(upgrade_request);
    ASSERT_EQ(client.read().status, 101);
    const auto bytes = binary(20'000'000);
    std::thread sender([&] { client.send(bytes, 30s); });
    auto echoed = client.read_exactly(bytes.size(), 30s);
    sender.join();
    EXPECT_TRUE(echoed == bytes);
}

TEST(upgrade, counts_the_tunnel_s_bytes_in_the_log) {
    recording_target target(echo);
    plain_gateway gateway(target);
    {
        raw_client client(gateway.port());
        client.send(upgrade_request);
        ASSERT_EQ(client.read().status, 101);
        client.send(binary(50000));
        client.read_exactly(50000);
    }
    auto line = gateway.wait_for_log([](auto& entry) { return entry.value("status", 0) == 101; });
    EXPECT_GE(line["bytes_in"], 50000);
    EXPECT_LT(line["bytes_in"], 51000);
    EXPECT_GE(line["bytes_out"], 50000);
    EXPECT_LT(line["bytes_out"], 51000);
}

TEST(upgrade, closes_a_tunnel_that_is_idle_and_no_other) {
    recording_target target(echo);
    plain_gateway gateway(
        target, "timeouts: {tunnel_idle: 400ms, body_idle: 200ms, idle: 200ms, request: 300ms}");
    raw_client client(gateway.port());
    client.send(upgrade_request);
    ASSERT_EQ(client.read().status, 101);
    for (int i = 0; i < 8; ++i) {
        ASSERT_TRUE(client.silent_for(150ms)) << "open while something moves";
        client.send("x");
        ASSERT_EQ(client.read_exactly(1), "x");
    }
    stopwatch idle;
    client.read_until_close(5s);
    EXPECT_GE(idle.elapsed(), 300ms);
    EXPECT_LT(idle.elapsed(), 2s);
    EXPECT_TRUE(eventually([&] { return target.open_connections() == 0; }));
}

TEST(upgrade, passes_an_ordinary_answer_when_the_target_declines) {
    recording_target target([](target_exchange& x) {
        x.answer(x.head.has("Upgrade") ? 426 : 200, "no", {{"X-Own", "1"}});
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send(upgrade_request);
    auto answer = client.read();
    EXPECT_EQ(answer.status, 426);
    EXPECT_EQ(answer.body, "no");
    if (!answer.says_close()) {
        EXPECT_EQ(client.get("/").status, 200);
    }
}

TEST(upgrade, holds_early_bytes_until_the_target_agrees) {
    gate go;
    recording_target target([&](target_exchange& x) {
        x.wait(go);
        echo(x);
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send(upgrade_request + "early bytes");
    EXPECT_TRUE(client.silent_for(100ms));
    ASSERT_EQ(target.connection_count(), 1u);
    EXPECT_EQ(target.connections()[0].bytes.find("early"), std::string::npos);
    go.open();
    EXPECT_EQ(client.read().status, 101);
    EXPECT_EQ(client.read_exactly(11), "early bytes");
}

TEST(upgrade, never_lets_early_bytes_past_the_router_when_the_target_declines) {
    gate go;
    recording_target target([&](target_exchange& x) {
        if (x.head.has("Upgrade")) x.wait(go);
        x.answer(200, "declined");
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send(upgrade_request + request_text("GET", "/admin", {{"X-Forwarded-For", "9.9.9.9"}}));
    EXPECT_TRUE(client.silent_for(100ms));
    go.open();
    EXPECT_EQ(client.read().body, "declined");
    client.finish_sending();
    client.read_until_close();
    for (auto& seen : target.requests())
        EXPECT_EQ(seen.joined("X-Forwarded-For"), "127.0.0.1")
            << "a request of its own: " << seen.head;
}

TEST(upgrade, passes_the_end_of_one_direction_on) {
    recording_target target(echo);
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send(upgrade_request);
    ASSERT_EQ(client.read().status, 101);
    client.send("last words");
    client.finish_sending();
    EXPECT_EQ(client.read_until_close(), "last wordsbye");
}

TEST(upgrade, passes_the_target_s_end_on_and_still_carries_the_client_s_bytes) {
    gate read_all;
    std::string after;
    recording_target target([&](target_exchange& x) {
        x.send(upgrade_answer + "done");
        x.finish_sending();
        for (auto bytes = x.receive_raw(); !bytes.empty(); bytes = x.receive_raw()) after += bytes;
        read_all.open();
        x.close();
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send(upgrade_request);
    ASSERT_EQ(client.read().status, 101);
    EXPECT_EQ(client.read_until_close(), "done");
    client.send("and thanks");
    client.finish_sending();
    ASSERT_TRUE(read_all.wait(5s));
    EXPECT_EQ(after, "and thanks");
}

TEST(upgrade, loses_nothing_that_the_client_sends_after_the_target_s_end) {
    gate read, read_all;
    std::size_t received = 0;
    bool orderly = false;
    recording_target target([&](target_exchange& x) {
        x.send(upgrade_answer);
        x.finish_sending();
        x.wait(read);
        try {
            for (auto bytes = x.receive_raw(); !bytes.empty(); bytes = x.receive_raw())
                received += bytes.size();
            orderly = true;
        } catch (const connection_lost&) {}
        read_all.open();
        x.close();
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send(upgrade_request);
    ASSERT_EQ(client.read().status, 101);
    EXPECT_EQ(client.read_until_close(), "");
    const auto bytes = binary(20'000'000); // more than the sockets on the way hold
    std::thread sender([&] {
        client.send(bytes);
        client.finish_sending();
    });
    read.open();
    EXPECT_TRUE(read_all.wait(10s));
    sender.join();
    EXPECT_TRUE(orderly);
    EXPECT_EQ(received, bytes.size());
    EXPECT_EQ(gateway.wait_for_log([](auto&) { return true; })["complete"], true);
}

TEST(upgrade, that_breaks_looks_broken_to_the_target_too) {
    gate seen;
    bool broken = false;
    recording_target target([&](target_exchange& x) {
        x.send(upgrade_answer);
        try {
            while (!x.receive_raw().empty()) {}
        } catch (const connection_lost&) {
            broken = true;
        }
        seen.open();
        x.close();
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send(upgrade_request);
    ASSERT_EQ(client.read().status, 101);
    client.reset();
    ASSERT_TRUE(seen.wait(5s));
    EXPECT_TRUE(broken) << "an orderly end would make it take what it got for the whole";
}

TEST(upgrade, ends_with_either_side) {
    gate leave;
    recording_target target([&](target_exchange& x) {
        x.send(upgrade_answer);
        x.wait(leave);
        x.reset();
    });
    plain_gateway gateway(target);
    {
        raw_client gone(gateway.port());
        gone.send(upgrade_request);
        ASSERT_EQ(gone.read().status, 101);
        gone.reset();
    }
    raw_client client(gateway.port());
    client.send(upgrade_request);
    ASSERT_EQ(client.read().status, 101);
    leave.open();
    EXPECT_TRUE(client.closed());
    EXPECT_TRUE(eventually([&] { return target.open_connections() == 0; }));
}

TEST(upgrade, forwards_none_that_is_not_asked_for_properly) {
    recording_target target;
    plain_gateway gateway(target);
    for (std::string message : {
             "GET / HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\n\r\n",
             "GET / HTTP/1.0\r\nHost: test\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: "
             "h2c\r\n"
             "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n",
         }) {
        raw_client client(gateway.port());
        client.send(message);
        EXPECT_EQ(client.read().status, 200);
        auto seen = target.last_request();
        EXPECT_FALSE(seen.has("Upgrade") || seen.has("HTTP2-Settings")) << seen.head;
    }
}

} // namespace
} // namespace thalamus::test::upgrade_test
