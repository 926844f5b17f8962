// What becomes of calls while Redis is dead, mute, late or frozen.
#include "store/link_breaker.hpp"
#include "tests/store/redis/redis_test.hpp"

#include <algorithm>

namespace thalamus::store::redis_failure_test {
namespace {

class redis_failure : public redis_test {
protected:
    /// A call every millisecond for as long as `lasts`; each with its result.
    std::vector<outcome<limits::grant>> keep_taking(std::chrono::milliseconds lasts) {
        struct stream {
            std::vector<outcome<limits::grant>> outcomes;
            std::size_t waiting = 0;
        };
        const auto all = std::make_shared<stream>();
        for (const test::deadline end = lasts; !end.passed();) {
            on.home.post([this, all] {
                const auto i = all->outcomes.size();
                all->outcomes.emplace_back();
                ++all->waiting;
                on.it().take("k", by, {}, [all, i, begin = bench::clock::now()](auto given) {
                    --all->waiting;
                    all->outcomes[i] = {given,
                                        std::chrono::duration_cast<std::chrono::microseconds>(
                                            bench::clock::now() - begin)};
                });
            });
            std::this_thread::sleep_for(1ms); // the pace of the load
        }
        EXPECT_TRUE(eventually([&] {
            bool none = false;
            on.on_reactor([&] { none = all->waiting == 0; });
            return none;
        }));
        return all->outcomes;
    }
};

std::size_t failed_with(const auto& outcomes, failure why) {
    return static_cast<std::size_t>(
        std::ranges::count_if(outcomes, [&](const auto& o) { return o.failed() == why; }));
}

/// Of 100 of them 99 took less than a millisecond: one may have met a busy machine.
void expect_at_once(const auto& outcomes, failure why) {
    std::vector<std::chrono::microseconds> times;
    for (const auto& o : outcomes)
        if (o.failed() == why) times.push_back(o.took);
    ASSERT_FALSE(times.empty());
    std::ranges::sort(times);
    EXPECT_LT(times[times.size() * 99 / 100], 1ms);
}

TEST_F(redis_failure, nothing_waits_for_a_server_that_never_answered) {
    test::refusing_port refusing;
    test::silent_port silent;
    scripted_redis mute([](const auto&) { return std::string(); });
    for (const auto port : {refusing.port(), silent.port(), mute.port()}) {
        on.open(settings_for(port));
        const auto outcomes = keep_taking(700ms); // longer than a connection is waited for
        EXPECT_EQ(failed_with(outcomes, failure::unavailable), outcomes.size());
        expect_at_once(outcomes, failure::unavailable);
        EXPECT_FALSE(on.available());
        on.close();
    }
}

TEST_F(redis_failure, a_frozen_server_costs_few_calls_the_timeout_and_the_others_nothing) {
    test::redis_server server;
    open(server.port());
    ASSERT_EQ(failed_with(keep_taking(50ms), failure::timeout), 0u);
    server.freeze();
    const auto outcomes = keep_taking(600ms);
    const auto timeouts = failed_with(outcomes, failure::timeout);
    EXPECT_GE(timeouts, 1u);
    EXPECT_LE(timeouts, 60u); // those of one timeout, at one a millisecond
    EXPECT_EQ(timeouts + failed_with(outcomes, failure::unavailable), outcomes.size());
    expect_at_once(outcomes, failure::unavailable);
    for (const auto& o : outcomes) EXPECT_LT(o.took, 200ms);
    EXPECT_FALSE(on.available());
    EXPECT_GE(on.counts.opened.get(), 1u);
    server.thaw();
    const test::stopwatch since;
    EXPECT_TRUE(on.becomes_available());
    RecordProperty("recovered_after_ms", static_cast<int>(since.elapsed().count()));
    EXPECT_LT(since.elapsed(), 2500ms);
    EXPECT_TRUE(eventually([&] { return on.take("k", by).ok(); }));
}

TEST_F(redis_failure, notices_a_frozen_or_dead_server_without_traffic) {
    test::redis_server server;
    open(server.port());
    std::vector<std::pair<bool, bench::clock::time_point>> told;
    on.on_reactor([&] {
        on.it().on_availability([&](bool is) { told.emplace_back(is, bench::clock::now()); });
    });
    const auto frozen = bench::clock::now();
    server.freeze();
    ASSERT_TRUE(on.becomes_available(false));
    server.thaw();
    ASSERT_TRUE(on.becomes_available());
    const auto killed = bench::clock::now();
    server.kill();
    ASSERT_TRUE(on.becomes_available(false));
    on.on_reactor([] {}); // what is told is told
    ASSERT_EQ(told.size(), 3u);
    EXPECT_FALSE(told[0].first);
    EXPECT_TRUE(told[1].first);
    EXPECT_FALSE(told[2].first);
    EXPECT_LT(told[0].second - frozen, 700ms); // 250 ms, and three timeouts
    EXPECT_LT(told[2].second - killed, 100ms);
}

TEST_F(redis_failure, who_hears_of_availability_may_destroy_the_store) {
    test::redis_server server;
    std::promise<bool> heard;
    on.on_reactor([&] {
        on.owned() =
            thalamus::store::open(on.home, settings_for(server.port()), nullptr, on.counts);
        on.it().on_availability([&](bool is) {
            on.owned().reset();
            heard.set_value(is);
        });
    });
    EXPECT_TRUE(heard.get_future().get());
    EXPECT_FALSE(on.available());
}

TEST_F(redis_failure, a_server_that_was_killed_and_restarted_is_used_again) {
    test::redis_server server;
    open(server.port());
    ASSERT_TRUE(on.take("k", by).ok());
    server.kill();
    ASSERT_TRUE(on.becomes_available(false));
    EXPECT_EQ(on.take("k", by).failed(), failure::unavailable);
    server.start();
    EXPECT_TRUE(on.becomes_available());
    EXPECT_TRUE(on.take("k", by).ok());
    EXPECT_EQ(on.counts.connected.get(), 2u);
    EXPECT_EQ(on.counts.lost.get(), 1u);
}

TEST_F(redis_failure, calls_under_way_when_the_server_dies_end_at_once) {
    test::redis_server server;
    auto settings = settings_for(server.port());
    settings.timeout = 10s;
    on.open(settings);
    ASSERT_TRUE(on.becomes_available());
    server.freeze();
    std::thread killer([&] { server.kill(); });
    const auto outcomes = on.all<std::optional<std::string>>(
        100, [&](std::size_t, auto then) { on.it().get("a", std::move(then)); });
    killer.join();
    for (const auto& o : outcomes) {
        EXPECT_FALSE(o.ok());
        EXPECT_LT(o.took, 5s);
    }
}

TEST_F(redis_failure, a_ping_under_way_when_the_breaker_opens_is_not_waited_for) {
    std::atomic<bool> mute = false;
    test::gate pinged;
    std::string held;
    scripted_redis server([&](const auto& command) -> std::string {
        held += command[0] == "GET" ? "$-1\r\n" : scripted_redis::greet(command);
        if (mute && command[0] == "PING") pinged.open();
        return mute ? std::string() : std::exchange(held, {});
    });
    open(server.port());
    mute = true;
    ASSERT_TRUE(pinged.wait());
    // They fail while the next PING is under way, as that follows at once.
    const auto outcomes = on.all<std::optional<std::string>>(
        breaker::opens_after, [&](std::size_t, auto then) { on.it().get("a", std::move(then)); });
    EXPECT_EQ(failed_with(outcomes, failure::timeout), breaker::opens_after);
    EXPECT_FALSE(on.available());
    mute = false;
    EXPECT_TRUE(on.becomes_available());
    EXPECT_EQ(on.counts.lost.get(), 0u);
}

TEST_F(redis_failure, finds_a_server_by_its_name) {
    test::redis_server server;
    auto settings = settings_for(server.port());
    settings.redis->addresses.front().host = "localhost"; // ::1 first, where there is one
    on.open(settings);
    EXPECT_TRUE(on.becomes_available());
    settings.redis->addresses.front().host = "no-such-host.onion"; // no server is asked: RFC 7686
    on.close();
    on.open(settings);
    EXPECT_EQ(on.get("a").failed(), failure::unavailable);
    on.close();
}

TEST_F(redis_failure, a_late_reply_is_nobody_elses) {
    std::atomic<bool> slow = true;
    scripted_redis server([&](const auto& command) -> std::string {
        if (command[0] != "GET") return scripted_redis::greet(command);
        if (slow.exchange(false)) std::this_thread::sleep_for(100ms); // longer than the timeout
        return "$1\r\n" + command[1].substr(command[1].size() - 1) + "\r\n";
    });
    open(server.port());
    EXPECT_EQ(on.get("a").failed(), failure::timeout);
    EXPECT_TRUE(eventually([&] { return on.get("b").ok(); }));
    for (const char* key : {"x", "y", "z"}) EXPECT_EQ(*on.get(key), key);
    EXPECT_EQ(on.counts.lost.get(), 0u);
}

TEST_F(redis_failure, a_server_that_always_answers_too_late_is_not_asked_for_long) {
    scripted_redis server([&](const auto& command) -> std::string {
        if (command[0] != "GET") return scripted_redis::greet(command);
        std::this_thread::sleep_for(70ms); // longer than the timeout
        return "$1\r\nx\r\n";
    });
    open(server.port());
    for (unsigned i = 0; i < breaker::opens_after; ++i)
        EXPECT_EQ(on.get("a").failed(), failure::timeout);
    EXPECT_EQ(on.get("a").failed(), failure::unavailable);
    EXPECT_EQ(on.counts.opened.get(), 1u);
}

TEST_F(redis_failure, no_more_than_a_bound_waits) {
    test::redis_server server;
    auto settings = settings_for(server.port());
    settings.timeout = 500ms;
    on.open(settings);
    ASSERT_TRUE(on.becomes_available());
    server.freeze();
    const auto outcomes = on.all<std::optional<std::string>>(
        70000, [&](std::size_t, auto then) { on.it().get("a", std::move(then)); });
    EXPECT_GE(failed_with(outcomes, failure::unavailable), 70000u - 65536);
    EXPECT_GE(failed_with(outcomes, failure::timeout), 65000u);
}

} // namespace
} // namespace thalamus::store::redis_failure_test
