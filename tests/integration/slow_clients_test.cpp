// Thousands of clients that are slow on purpose cost the others nothing, and each is cut off in
// time (row 20 of the security list).

#include "tests/support/open_files.hpp"
#include "tests/support/plain_gateway.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace thalamus::test::slow_clients_test {
namespace {

class slow_clients : public testing::Test {
protected:
    static constexpr std::size_t count = 2000;
    recording_target target;
    std::vector<std::unique_ptr<raw_client>> slow;

    void SetUp() override {
        if (const auto files = allow_open_files(); files < count + 500)
            GTEST_SKIP() << "too few open files allowed: " << files;
    }

    void connect_all(const gateway& gateway, std::string_view first_bytes, int receive_buffer = 0) {
        for (std::size_t i = 0; i < count; ++i) {
            slow.push_back(std::make_unique<raw_client>(gateway.port(), receive_buffer));
            slow.back()->send(first_bytes);
        }
    }

    /// New clients are served while the slow ones go on.
    void expect_quick_service(const gateway& gateway, const std::function<void()>& go_on) {
        int late = 0;
        milliseconds worst{0};
        for (int i = 0; i < 40; ++i) {
            go_on();
            stopwatch since;
            ASSERT_EQ(gateway.get("/").status, 200);
            worst = std::max(worst, since.elapsed());
            late += since.elapsed() >= 100ms;
        }
        EXPECT_LE(late, 4) << late << " of 40 took 100 ms or more, worst " << worst.count();
    }

    std::size_t closed_within(milliseconds time) {
        deadline until = time;
        std::size_t closed = 0;
        for (auto& client : slow) {
            try {
                client->read_until_close(until);
                ++closed;
            } catch (const timed_out&) {}
        }
        return closed;
    }
};

TEST_F(slow_clients, that_drip_their_heads_are_cut_off_and_delay_nobody) {
    plain_gateway gateway(target, "timeouts: {header: 3s}");
    const std::string head = "GET / HTTP/1.1\r\nHost: test\r\nX-Drip: " + std::string(1000, 'x');
    connect_all(gateway, head.substr(0, 1));
    std::size_t at = 1;
    expect_quick_service(gateway, [&] {
        for (auto& client : slow) client->try_send(head.substr(at, 1), 100ms);
        ++at;
    });
    EXPECT_EQ(closed_within(8s), count);
    EXPECT_TRUE(eventually([&] { return gateway.metric("thalamus_client_connections") == 0; }));
}

TEST_F(slow_clients, that_drip_their_bodies_delay_nobody) {
    plain_gateway gateway(target, "timeouts: {body_idle: 1s}");
    connect_all(gateway, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\nx");
    expect_quick_service(gateway, [&] {
        for (auto& client : slow) client->try_send("x", 100ms);
    });
    EXPECT_EQ(closed_within(8s), count);
}

TEST_F(slow_clients, that_do_not_read_cost_little_memory) {
    const std::string body(200'000, 'x');
    gateway gateway("timeouts: {body_idle: 2s, idle: 2s}\nroutes: [{id: all, match: {path: "
                    "\"/{rest...}\"}, respond: {text: \"" +
                    body + "\"}}]\n");
    auto before = gateway.program().resident_bytes();
    connect_all(gateway, request_text("GET", "/"), 4096);
    expect_quick_service(gateway, [] {});
    EXPECT_LT(gateway.program().resident_bytes() - before, 64u << 20);
    EXPECT_TRUE(
        eventually([&] { return gateway.metric("thalamus_client_connections") == 0; }, 10s, 50ms));
}

TEST(slow_client, that_does_not_read_a_large_answer_of_our_own_is_cut_off) {
    const std::string body(7'000'000, 'x');
    gateway gateway("timeouts: {body_idle: 1s}\nroutes: [{id: all, match: {path: \"/{rest...}\"}, "
                    "respond: {text: \"" +
                    body + "\"}}]\n");
    raw_client client(gateway.port(), 4096);
    client.send(request_text("GET", "/"));
    EXPECT_TRUE(
        eventually([&] { return gateway.metric("thalamus_client_connections") == 0; }, 4s, 50ms));
    EXPECT_EQ(gateway.wait_for_log([](auto&) { return true; })["reason"], "client stalled");
}

/// One target in two, to be ejected for a single failure.
constexpr auto strict_outlier =
    ", timeout: 500ms, outlier: {consecutive_failures: 1, eject_for: 30s, max_ejected: 100%}";

TEST(slow_client, that_sends_too_slowly_is_told_so_and_no_target_is_blamed) {
    recording_target target([](target_exchange& x) {
        x.read_body();
        x.answer(200);
    });
    plain_gateway gateway(target, "", strict_outlier);
    raw_client client(gateway.port());
    client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\n");
    stopwatch since;
    while (client.silent_for(100ms) && since.elapsed() < 3s) client.try_send("x");
    EXPECT_EQ(client.read().status, 408);
    EXPECT_EQ(gateway.metric("thalamus_service_timeouts_total{service=\"app\"}"), 0);
    EXPECT_EQ(gateway.wait_for_log([](auto&) { return true; })["reason"], "request body too slow");
}

TEST(slow_client, that_uploads_for_longer_than_the_timeouts_is_served) {
    recording_target target([](target_exchange& x) {
        std::size_t size = 0;
        x.read_body_to([&](std::string_view part) { size += part.size(); });
        std::this_thread::sleep_for(300ms); // the time allowed is counted from the end of the body
        x.answer(200, std::to_string(size));
    });
    plain_gateway gateway(target, "timeouts: {request: 500ms}\nlimits: {body: 1GiB}",
                          strict_outlier);
    raw_client client(gateway.port());
    client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1500000\r\n\r\n");
    for (int i = 0; i < 15; ++i) { // 1.5 s
        std::this_thread::sleep_for(100ms);
        ASSERT_TRUE(client.try_send(std::string(100'000, 'x')));
    }
    EXPECT_EQ(client.read().body, "1500000");
}

} // namespace
} // namespace thalamus::test::slow_clients_test
