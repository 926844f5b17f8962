// Leaving without losing a request: SIGTERM, the grace time, the second SIGTERM.

#include "tests/support/plain_gateway.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace thalamus::test::drain_test {
namespace {

class draining : public testing::Test {
protected:
    gate go;
    recording_target target{[this](target_exchange& x) {
        x.read_body();
        if (x.head.target == "/slow") x.wait(go);
        x.answer(200, "done");
    }};
    plain_gateway gateway{target, "timeouts: {drain: 3s}"};

    void TearDown() override { go.open(); }
    bool ready() { return gateway.admin("GET", "/ready").status == 200; }
};

TEST_F(draining, finishes_what_is_in_flight_and_exits_0) {
    raw_client client(gateway.port());
    client.send(request_text("GET", "/slow"));
    ASSERT_TRUE(target.wait_for_requests(1));
    stopwatch since;
    gateway.program().signal(SIGTERM);
    ASSERT_TRUE(eventually([&] { return !ready(); }, 2s));
    auto answer = gateway.admin("GET", "/ready");
    EXPECT_EQ(answer.status, 503);
    auto told = nlohmann::json::parse(answer.body);
    EXPECT_EQ(told["ready"], false);
    EXPECT_FALSE(told["reasons"].empty());
    EXPECT_EQ(gateway.admin("GET", "/live").status, 200);
    EXPECT_TRUE(gateway.program().running());
    go.open();
    auto last = client.read();
    EXPECT_EQ(last.body, "done");
    EXPECT_TRUE(last.says_close()) << last.head;
    EXPECT_TRUE(client.closed());
    EXPECT_EQ(gateway.program().wait_exit(5s), 0);
    EXPECT_LT(since.elapsed(), 3500ms);
}

TEST_F(draining, tells_kept_alive_clients_to_go) {
    raw_client client(gateway.port());
    EXPECT_FALSE(client.get("/").says_close());
    gateway.program().signal(SIGTERM);
    ASSERT_TRUE(eventually([&] { return !ready(); }, 2s));
    auto answer = client.get("/");
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.says_close());
    EXPECT_TRUE(client.closed());
    EXPECT_EQ(gateway.program().wait_exit(5s), 0);
}

TEST_F(draining, answers_who_has_connected_and_not_asked_yet_when_idle_connections_close) {
    raw_client idle(gateway.port());
    EXPECT_EQ(idle.get("/").status, 200);
    gateway.program().signal(SIGTERM);
    ASSERT_TRUE(eventually([&] { return !ready(); }, 2s));
    raw_client connected(gateway.port());
    EXPECT_TRUE(idle.closed(3s)) << "nobody is accepted any more";
    EXPECT_EQ(connected.get("/").status, 200);
    EXPECT_EQ(gateway.program().wait_exit(5s), 0);
}

TEST_F(draining, accepts_for_a_short_while_and_then_no_more) {
    gateway.program().signal(SIGTERM);
    ASSERT_TRUE(eventually([&] { return !ready(); }, 2s));
    auto answer = gateway.get("/");
    EXPECT_EQ(answer.status, 200) << "a balancer has not noticed yet";
    EXPECT_TRUE(answer.says_close());
    raw_client slow(gateway.port());
    slow.send(request_text("GET", "/slow"));
    EXPECT_TRUE(eventually(
        [&] {
            try {
                raw_client late(gateway.port());
                return false;
            } catch (const connection_lost&) {
                return true;
            }
        },
        3s, 20ms));
    go.open();
    EXPECT_EQ(slow.read().status, 200);
    EXPECT_EQ(gateway.program().wait_exit(5s), 0);
}

TEST_F(draining, ends_within_its_time_whatever_is_in_flight) {
    raw_client client(gateway.port());
    client.send(request_text("GET", "/slow"));
    ASSERT_TRUE(target.wait_for_requests(1));
    stopwatch since;
    gateway.program().signal(SIGTERM);
    EXPECT_EQ(gateway.program().wait_exit(8s), 0);
    EXPECT_GE(since.elapsed(), 2500ms);
    EXPECT_LT(since.elapsed(), 4500ms);
}

TEST_F(draining, idle_connections_do_not_delay_the_end) {
    std::vector<std::unique_ptr<raw_client>> idle;
    for (int i = 0; i < 20; ++i) {
        idle.push_back(std::make_unique<raw_client>(gateway.port()));
        ASSERT_EQ(idle.back()->get("/").status, 200);
    }
    stopwatch since;
    gateway.program().signal(SIGTERM);
    EXPECT_EQ(gateway.program().wait_exit(5s), 0);
    EXPECT_LT(since.elapsed(), 2s);
    for (auto& client : idle) EXPECT_TRUE(client->closed());
}

TEST_F(draining, a_second_sigterm_stops_at_once) {
    raw_client client(gateway.port());
    client.send(request_text("GET", "/slow"));
    ASSERT_TRUE(target.wait_for_requests(1));
    gateway.program().signal(SIGTERM);
    ASSERT_TRUE(eventually([&] { return !ready(); }, 2s));
    stopwatch since;
    gateway.program().signal(SIGTERM);
    EXPECT_TRUE(gateway.program().wait_exit(5s).has_value());
    EXPECT_LT(since.elapsed(), 1s);
}

TEST_F(draining, the_admin_call_drains_without_leaving) {
    raw_client client(gateway.port());
    EXPECT_FALSE(client.get("/").says_close());
    EXPECT_LT(gateway.admin("POST", "/drain").status, 300);
    EXPECT_FALSE(ready());
    EXPECT_TRUE(client.get("/").says_close());
    EXPECT_EQ(gateway.program().wait_exit(1s), std::nullopt);
    EXPECT_EQ(gateway.get("/").status, 200);
    gateway.program().signal(SIGTERM);
    EXPECT_EQ(gateway.program().wait_exit(5s), 0);
}

TEST_F(draining, the_log_is_complete_at_the_end) {
    for (int i = 0; i < 200; ++i) gateway.get("/" + std::to_string(i));
    gateway.program().signal(SIGTERM);
    ASSERT_EQ(gateway.program().wait_exit(5s), 0);
    EXPECT_TRUE(eventually([&] { return gateway.access_log().size() == 200; }))
        << gateway.access_log().size();
}

/// Asks at the first node until it is told to go, then at the second.
class moving_client {
public:
    moving_client(std::uint16_t first, std::uint16_t second) : first_(first), second_(second) {}

    void run(const std::atomic<bool>& stop) {
        std::unique_ptr<raw_client> client;
        while (!stop) {
            if (!client && !(client = connect())) {
                ++lost;
                continue;
            }
            try {
                auto answer = client->get("/");
                ++(answer.status == 200 ? answered : lost);
                if (!answer.says_close()) continue;
                told_ = true;
            } catch (const test_error&) {
                ++lost;
            }
            client.reset();
        }
    }
    int answered = 0, lost = 0;

private:
    std::unique_ptr<raw_client> connect() {
        try {
            if (!told_) return std::make_unique<raw_client>(first_);
        } catch (const connection_lost&) {
            told_ = true;
        }
        try {
            return std::make_unique<raw_client>(second_);
        } catch (const connection_lost&) {
            return nullptr;
        }
    }
    std::uint16_t first_, second_;
    bool told_ = false;
};

TEST_F(draining, clients_that_move_on_when_told_lose_nothing) {
    plain_gateway other(target);
    std::atomic<bool> stop = false;
    std::vector<moving_client> clients(8, {gateway.port(), other.port()});
    std::vector<std::thread> threads;
    for (auto& client : clients) threads.emplace_back([&] { client.run(stop); });
    ASSERT_TRUE(target.wait_for_requests(500));
    gateway.program().signal(SIGTERM);
    EXPECT_EQ(gateway.program().wait_exit(8s), 0);
    ASSERT_TRUE(target.wait_for_requests(target.request_count() + 200));
    stop = true;
    for (auto& thread : threads) thread.join();
    for (auto& client : clients) {
        EXPECT_EQ(client.lost, 0);
        EXPECT_GT(client.answered, 0);
    }
}

} // namespace
} // namespace thalamus::test::drain_test
