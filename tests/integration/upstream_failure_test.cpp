// Targets that fail: what is tried again, what is not, and what the client gets.

#include "tests/support/plain_gateway.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace thalamus::test::upstream_failure_test {
namespace {

/// A gateway before two addresses.
gateway::values two(const std::string& first, const std::string& second) {
    return {{"first", first}, {"second", second}};
}

std::string two_config(const std::string& service) {
    return "services: {app: {targets: [\"http://@first@\", \"http://@second@\"], balance: "
           "round_robin, " +
           service + "}}\nroutes: [{id: all, match: {path: \"/{rest...}\"}, service: app}]\n";
}

std::string at(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

void reset_after_request(target_exchange& x) {
    x.read_body();
    x.reset();
}

TEST(upstream_failure, a_connection_that_the_target_closed_meanwhile_is_never_a_502) {
    recording_target target([](target_exchange& x) {
        x.read_body();
        x.answer(200); // and closes, unannounced
        x.close();
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    for (int i = 0; i < 500; ++i) ASSERT_EQ(client.get("/").status, 200) << i;
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(eventually([&] { return target.open_connections() == 0; }));
        ASSERT_EQ(client.ask("POST", "/", {}, "body").status, 200) << i;
    }
}

TEST(upstream_failure, the_same_with_retries_off_and_many_clients) {
    recording_target target([](target_exchange& x) {
        x.read_body();
        x.answer(200);
        if (x.number == 2) x.close();
    });
    plain_gateway gateway(target, "", ", retry: off");
    std::atomic<int> bad = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&] {
            raw_client client(gateway.port());
            for (int i = 0; i < 200; ++i) bad += client.get("/").status != 200;
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(bad, 0);
}

TEST(upstream_failure, a_refused_connection_is_tried_at_the_other_target) {
    refusing_port refuses;
    recording_target good;
    gateway gateway(two_config("outlier: off, retry: {budget: 100%}"),
                    two(at(refuses.port()), good.address()));
    raw_client client(gateway.port());
    for (int i = 0; i < 20; ++i) {
        ASSERT_EQ(client.get("/").status, 200);
        ASSERT_EQ(client.ask("POST", "/", {}, "nothing of it was sent").status, 200);
    }
    EXPECT_EQ(good.last_request().body, "nothing of it was sent");
}

TEST(upstream_failure, a_request_that_may_have_been_processed_is_retried_only_if_idempotent) {
    recording_target bad(reset_after_request), good;
    gateway gateway(two_config("outlier: off, retry: {budget: 100%}"),
                    two(bad.address(), good.address()));
    raw_client client(gateway.port());
    for (int i = 0; i < 10; ++i) ASSERT_EQ(client.get("/").status, 200);
    EXPECT_GT(bad.request_count(), 0u);
    bad.forget();
    good.forget();
    int failed = 0;
    for (int i = 0; i < 10; ++i) failed += client.ask("POST", "/", {}, "once only").status == 502;
    EXPECT_EQ(failed, static_cast<int>(bad.request_count()));
    EXPECT_EQ(bad.request_count() + good.request_count(), 10u) << "no POST was sent twice";
    EXPECT_GE(failed, 4);
}

TEST(upstream_failure, a_post_that_was_read_but_not_acknowledged_is_not_sent_again) {
    auto how = [](target_exchange& x) {
        x.read_body();
        if (x.head.method == "POST") return x.reset();
        x.answer(200);
        x.delay_acknowledgements();
    };
    recording_target one(how), other(how);
    for (auto* retry : {"on", "off"}) {
        gateway gateway("node: {name: test, reactors: 1}\n" +
                            two_config(retry == std::string("on")
                                           ? "outlier: off, retry: {budget: 100%}"
                                           : "outlier: off, retry: off"),
                        two(one.address(), other.address()));
        raw_client client(gateway.port());
        int posts = 0;
        for (int i = 0; i < 10; ++i) {
            for (int j = 0; j < 2; ++j) ASSERT_EQ(client.get("/").status, 200);
            EXPECT_EQ(client.ask("POST", "/", {}, "once only").status, 502);
            ++posts;
        }
        int seen = 0;
        for (auto* target : {&one, &other}) {
            for (auto& request : target->requests()) seen += request.method == "POST";
            target->forget();
        }
        EXPECT_EQ(seen, posts) << "with retries " << retry;
    }
}

TEST(upstream_failure, gives_up_after_the_attempts) {
    recording_target bad(reset_after_request), worse(reset_after_request);
    gateway gateway(two_config("retry: {attempts: 2}"), two(bad.address(), worse.address()));
    EXPECT_EQ(gateway.get("/").status, 502);
    EXPECT_EQ(bad.request_count() + worse.request_count(), 2u);
    auto line = gateway.wait_for_log([](auto&) { return true; });
    EXPECT_EQ(line["attempts"], 2);
    EXPECT_EQ(line["status"], 502);
}

TEST(upstream_failure, retries_statuses_that_are_named) {
    recording_target busy([](target_exchange&x) { x.answer(503, "busy"); }), good;
    gateway gateway(two_config("outlier: off, retry: {on: [connect, 503], budget: 100%}"),
                    two(busy.address(), good.address()));
    raw_client client(gateway.port());
    for (int i = 0; i < 10; ++i) EXPECT_EQ(client.get("/").status, 200);
    int passed = 0;
    for (int i = 0; i < 10; ++i) passed += client.ask("POST", "/", {}, "x").body == "busy";
    EXPECT_GE(passed, 4) << "a POST gets the target's own answer";
}

TEST(upstream_failure, retries_stay_within_their_budget) {
    recording_target bad(reset_after_request), worse(reset_after_request);
    gateway gateway(two_config("outlier: off, retry: {budget: 20%}"),
                    two(bad.address(), worse.address()));
    raw_client client(gateway.port());
    for (int i = 0; i < 100; ++i) ASSERT_EQ(client.get("/").status, 502);
    auto attempts = bad.request_count() + worse.request_count();
    EXPECT_GE(attempts, 103u);
    EXPECT_LE(attempts, 125u);
}

TEST(upstream_failure, a_silent_connect_is_504) {
    silent_port silent;
    gateway gateway(
        "services: {app: {targets: [\"http://@silent@\"], connect_timeout: 200ms, retry: off}}\n"
        "routes: [{id: all, match: {path: /}, service: app}]\n",
        {{"silent", at(silent.port())}});
    stopwatch waited;
    EXPECT_EQ(gateway.get("/").status, 504);
    EXPECT_GE(waited.elapsed(), 150ms);
    EXPECT_LT(waited.elapsed(), 1500ms);
}

class slow_target : public testing::Test {
protected:
    gate never;
    recording_target target{[this](target_exchange& x) {
        x.read_body();
        x.wait(never);
        x.answer(200);
    }};
    void expect_504(const plain_gateway& gateway, std::string_view method) {
        stopwatch waited;
        auto answer = gateway.ask(method, "/", {}, "body");
        EXPECT_EQ(answer.status, 504);
        EXPECT_EQ(answer.get("Content-Type"), "application/problem+json");
        EXPECT_GE(waited.elapsed(), 150ms);
        EXPECT_LT(waited.elapsed(), 1500ms);
    }
    void TearDown() override { never.open(); }
};

TEST_F(slow_target, is_504_after_the_time_of_a_try) {
    plain_gateway gateway(target, "", ", timeout: 200ms");
    expect_504(gateway, "GET");
    expect_504(gateway, "POST");
}

TEST_F(slow_target, is_504_after_the_time_of_the_route) {
    plain_gateway gateway(target, "", "", ", timeout: 200ms");
    expect_504(gateway, "GET");
}

TEST_F(slow_target, is_504_after_the_time_of_all_requests) {
    plain_gateway gateway(target, "timeouts: {request: 200ms}");
    expect_504(gateway, "GET");
}

TEST_F(slow_target, loses_its_connection_within_100_ms_of_the_client_leaving) {
    milliseconds took{0};
    gate left;
    target.handle([&](target_exchange& x) {
        if (x.head.method == "GET") return x.answer(200);
        x.read_body();
        x.wait(never);
        stopwatch since;
        x.client_left(5s);
        took = since.elapsed();
        left.open();
        x.close();
    });
    plain_gateway gateway(target);
    ASSERT_EQ(gateway.get("/").status, 200);
    raw_client client(gateway.port());
    client.send(request_text("POST", "/", {}, "body"));
    ASSERT_TRUE(target.wait_for_requests(2));
    never.open();
    client.leave();
    ASSERT_TRUE(left.wait(6s));
    EXPECT_LT(took, 100ms);
    auto line = gateway.wait_for_log([](auto& entry) { return entry["method"] == "POST"; });
    EXPECT_EQ(line["complete"], false);
}

TEST(upstream_failure, a_client_that_leaves_in_the_middle_of_its_body_ends_the_try) {
    recording_target target;
    plain_gateway gateway(target);
    {
        raw_client client(gateway.port());
        client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\nhalf");
        ASSERT_TRUE(eventually([&] { return target.bytes_received() > 0; }));
        client.reset();
    }
    EXPECT_TRUE(eventually([&] { return target.open_connections() == 0; }, 1s));
    EXPECT_EQ(target.request_count(), 0u);
}

TEST(upstream_failure, a_client_that_leaves_in_the_middle_of_an_answer_ends_it) {
    gate over;
    recording_target target([&](target_exchange& x) {
        x.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("one"));
        EXPECT_TRUE(x.client_left(5s));
        over.open();
        x.close();
    });
    plain_gateway gateway(target);
    {
        raw_client client(gateway.port());
        client.send(request_text("GET", "/"));
        EXPECT_EQ(client.read_head().status, 200);
    }
    stopwatch since;
    EXPECT_TRUE(over.wait(5s));
    EXPECT_LT(since.elapsed(), 200ms);
}

} // namespace
} // namespace thalamus::test::upstream_failure_test
