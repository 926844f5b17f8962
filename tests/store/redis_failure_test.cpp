// What becomes of calls while Redis is dead, mute, full, starting, or not Redis at all.
#include "store/breaker.hpp"
#include "tests/store/bench.hpp"
#include "tests/store/scripted_redis.hpp"
#include "tests/support/redis_server.hpp"

#include <algorithm>
#include <random>

namespace thalamus::store {
namespace {

using config::limit_algorithm;
using test::eventually;

class redis_failure : public ::testing::Test {
protected:
    static config::store_settings settings_for(std::uint16_t port) {
        config::store_settings settings;
        settings.timeout = 50ms;
        settings.redis.emplace();
        settings.redis->addresses = {{"127.0.0.1", port}};
        return settings;
    }
    void open(std::uint16_t port) {
        on.open(settings_for(port));
        ASSERT_TRUE(on.becomes_available());
    }
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

    const limits::rule by = rule_of(limit_algorithm::token_bucket, 1'000'000, 1s);
    bench on;
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

// -- signing in ------------------------------------------------------------------------------------

TEST_F(redis_failure, signs_in_with_a_password) {
    test::redis_server server({"--requirepass", "p@ss \"word"});
    auto settings = settings_for(server.port());
    settings.redis->password = "p@ss \"word";
    on.open(settings);
    ASSERT_TRUE(on.becomes_available());
    EXPECT_TRUE(on.take("k", by).ok());
}

TEST_F(redis_failure, signs_in_as_a_user_who_may_do_no_more_than_it_needs) {
    test::redis_server server;
    server.ask({"ACL", "SETUSER", "gateway", "on", ">secret", "~thalamus:*", "+get", "+set", "+del",
                "+eval", "+evalsha", "+time", "+ping", "+select"});
    server.ask({"ACL", "SETUSER", "default", "off"});
    auto settings = settings_for(server.port());
    settings.redis->user = "gateway";
    settings.redis->password = "secret";
    on.open(settings);
    ASSERT_TRUE(on.becomes_available());
    EXPECT_TRUE(on.put("a", "1").ok());
    EXPECT_EQ(*on.get("a"), "1");
    EXPECT_TRUE(on.erase("a").ok());
    EXPECT_EQ(on.take("k", by)->granted, 1);
}

TEST_F(redis_failure, keeps_to_its_database) {
    test::redis_server server;
    auto settings = settings_for(server.port());
    settings.redis->database = 7;
    on.open(settings);
    ASSERT_TRUE(on.becomes_available());
    ASSERT_TRUE(on.put("a", "1").ok());
    test::redis_client redis(server.port());
    EXPECT_EQ(redis.ask({"GET", "thalamus:a"}).type, '0');
    redis.ask({"SELECT", "7"});
    EXPECT_EQ(redis.ask({"GET", "thalamus:a"}).text, "1");
}

TEST_F(redis_failure, says_what_to_correct_when_it_may_not_sign_in) {
    struct wrong {
        std::vector<std::string> set_up;
        std::string user, password;
        unsigned database;
        std::string advice;
    };
    const std::vector<std::string> with_password{"CONFIG", "SET", "requirepass", "right"};
    for (const auto& [set_up, user, password, database, advice] :
         {wrong{with_password, "", "wrong", 0, "user or password of store.redis"},
          wrong{with_password, "", "", 0, "asks for a password"},
          wrong{{"PING"}, "", "needless", 0, "has no password"},
          wrong{{"PING"}, "nobody", "x", 0, "user or password of store.redis"},
          wrong{{"PING"}, "", "", 99, "database of store.redis"},
          wrong{{"ACL", "SETUSER", "u", "on", ">p", "~*", "+ping"},
                "u",
                "p",
                0,
                "lacks a permission"}}) {
        test::redis_server server;
        server.ask(set_up);
        auto settings = settings_for(server.port());
        settings.redis->user = user;
        settings.redis->password = password;
        settings.redis->database = database;
        const auto line = "error redis 127.0.0.1:" + std::to_string(server.port());
        std::string log;
        // Such a line comes once a second at most.
        for (const test::deadline end = 5s; log.find(line) == log.npos && !end.passed();) {
            ::testing::internal::CaptureStderr();
            observe::start_program_log(observe::log_level::info);
            on.open(settings);
            EXPECT_FALSE(on.becomes_available(true, 100ms)) << advice;
            EXPECT_EQ(on.get("a").failed(), failure::unavailable);
            on.close();
            observe::start_program_log(observe::log_level::off);
            log = ::testing::internal::GetCapturedStderr();
        }
        EXPECT_NE(log.find(line), log.npos) << advice;
        EXPECT_NE(log.find(advice), log.npos) << log;
    }
}

// -- dead and mute ---------------------------------------------------------------------------------

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
    settings.redis->addresses.front().host = "no-such-host.invalid";
    on.close();
    on.open(settings);
    EXPECT_EQ(on.get("a").failed(), failure::unavailable);
    on.close(); // while it is looked up
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

// -- error replies ---------------------------------------------------------------------------------

TEST_F(redis_failure, sends_a_script_again_that_the_server_has_lost) {
    test::redis_server server;
    auto settings = settings_for(server.port());
    settings.timeout = 1s; // many are on their way at once
    on.open(settings);
    ASSERT_TRUE(on.becomes_available());
    for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(on.take("k", by)->granted, 1);
        ASSERT_EQ(on.take("k", by)->granted, 1);
        EXPECT_EQ(on.counts.scripts_sent.get(), static_cast<std::uint64_t>(i + 1));
        server.ask({"SCRIPT", "FLUSH"});
    }
    const auto many = on.all<limits::grant>(
        1000, [&](std::size_t, auto then) { on.it().take("k", by, {}, std::move(then)); });
    EXPECT_TRUE(std::ranges::all_of(many, [](const auto& o) { return o.ok(); }));
    EXPECT_EQ(on.counts.scripts_sent.get(), 4u); // once for all of them
    EXPECT_EQ(on.counts.refused.get(), 0u);
    EXPECT_TRUE(on.available());
}

TEST_F(redis_failure, gives_up_on_a_server_that_forgets_every_script_at_once) {
    scripted_redis server([&](const auto& command) -> std::string {
        const bool probe = command[0] == "EVAL" && command[1].find("GET") == std::string::npos;
        return command[0].starts_with("EVAL") && !probe ? "-NOSCRIPT No matching script.\r\n"
                                                        : scripted_redis::greet(command);
    });
    open(server.port());
    EXPECT_EQ(on.take("k", by).failed(), failure::refused);
    EXPECT_TRUE(on.available());
}

TEST_F(redis_failure, leaves_a_server_that_has_become_a_replica_until_it_is_a_primary_again) {
    test::redis_server server, other;
    open(server.port());
    server.ask({"REPLICAOF", "127.0.0.1", std::to_string(other.port())});
    EXPECT_FALSE(on.take("k", by).ok());
    ASSERT_TRUE(on.becomes_available(false));
    EXPECT_FALSE(on.becomes_available(true, 300ms)); // connects, asks ROLE, and leaves
    server.ask({"REPLICAOF", "NO", "ONE"});
    EXPECT_TRUE(on.becomes_available());
    EXPECT_TRUE(on.take("k", by).ok());
}

TEST_F(redis_failure, waits_for_a_server_that_is_loading) {
    std::atomic<bool> loading = true;
    scripted_redis server([&](const auto& command) -> std::string {
        if (loading) return "-LOADING Redis is loading the dataset in memory\r\n";
        return command[0] == "GET" ? "$-1\r\n" : scripted_redis::greet(command);
    });
    on.open(settings_for(server.port()));
    EXPECT_FALSE(on.becomes_available(true, 200ms));
    loading = false;
    ASSERT_TRUE(on.becomes_available());
    EXPECT_EQ(*on.get("a"), std::nullopt);
    loading = true;
    EXPECT_EQ(on.get("a").failed(), failure::refused);
    EXPECT_TRUE(on.becomes_available(false));
}

TEST_F(redis_failure, a_full_server_counts_as_failing_until_it_takes_writes_again) {
    test::redis_server server;
    open(server.port());
    ASSERT_TRUE(on.take("k", by).ok());
    server.ask({"CONFIG", "SET", "maxmemory", "1"});
    EXPECT_EQ(on.take("k", by).failed(), failure::refused);
    EXPECT_EQ(on.take("k", by).failed(), failure::refused);
    EXPECT_EQ(on.take("k", by).failed(), failure::refused);
    EXPECT_EQ(on.take("k", by).failed(), failure::unavailable);
    EXPECT_FALSE(on.becomes_available(true, 600ms)); // probes write, too
    server.ask({"CONFIG", "SET", "maxmemory", "0"});
    EXPECT_TRUE(on.becomes_available());
    EXPECT_TRUE(on.take("k", by).ok());
    EXPECT_EQ(on.counts.lost.get(), 0u);
}

TEST_F(redis_failure, an_error_of_one_command_is_no_failure_of_the_server) {
    scripted_redis server([&](const auto& command) -> std::string {
        return command[0] == "GET" ? "-ERR no\r\n" : scripted_redis::greet(command);
    });
    open(server.port());
    for (int i = 0; i < 10; ++i) EXPECT_EQ(on.get("a").failed(), failure::refused);
    EXPECT_TRUE(on.available());
}

TEST_F(redis_failure, tells_by_each_error_what_is_to_be_done) {
    struct sample {
        const char* error;
        bool available; // after three of them
    };
    for (const auto& [error, available] :
         {sample{
              "-ERR Error running script (call to f_1): @user_script:1: -OOM command not allowed "
              "when used memory > 'maxmemory'.",
              false},
          sample{"-MISCONF Redis is configured to save RDB snapshots", false},
          sample{"-BUSY Redis is busy running a script", false},
          sample{"-NOREPLICAS Not enough good replicas to write.", false},
          sample{"-MASTERDOWN Link with MASTER is down", false},
          sample{"-READONLY You can't write against a read only replica.", false},
          sample{"-NOPERM this user has no permissions", false},
          sample{"-WRONGTYPE Operation against a key", true}, sample{"-MOVED 1 127.0.0.1:1", true},
          sample{"-MOVED", true}, sample{"-ASK x y", true}, sample{"-", true},
          sample{"-ERR", true}}) {
        scripted_redis server([&](const auto& command) -> std::string {
            return scripted_redis::greets(command) ? scripted_redis::greet(command)
                                                   : std::string(error) + "\r\n";
        });
        open(server.port());
        for (int i = 0; i < 3; ++i) EXPECT_FALSE(on.put("k", "v").ok()) << error;
        EXPECT_EQ(on.available(), available) << error;
        on.close();
    }
}

// -- not Redis -------------------------------------------------------------------------------------

TEST_F(redis_failure, a_reply_of_the_wrong_type_is_refused) {
    std::string reply;
    scripted_redis server([&](const auto& command) -> std::string {
        return scripted_redis::greets(command) ? scripted_redis::greet(command) : reply;
    });
    open(server.port());
    for (const char* is :
         {":5\r\n", "+OK\r\n", "$1\r\nx\r\n", "$-1\r\n", "*-1\r\n", "*0\r\n",
          "*6\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:-1\r\n",
          "*6\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n$1\r\n1\r\n", "*2\r\n*1\r\n*0\r\n*-1\r\n"}) {
        on.on_reactor([&] { reply = is; });
        EXPECT_EQ(on.take("k", by).failed(), failure::refused) << is;
        if (reply[0] == ':' || reply[0] == '+') {
            EXPECT_EQ(on.get("k").failed(), failure::refused) << is;
        }
        if (reply[0] != '+') {
            EXPECT_EQ(on.put("k", "v").failed(), failure::refused) << is;
        }
    }
    EXPECT_TRUE(on.available());
}

TEST_F(redis_failure, garbage_breaks_the_connection_and_nothing_else) {
    std::mt19937 random(5);
    std::string noise(100000, '\0');
    for (auto& c : noise) c = static_cast<char>(random());
    for (const auto& garbage :
         {noise, std::string("\0\0\0\0", 4), std::string("HTTP/1.1 400 Bad Request\r\n\r\n"),
          std::string("+OK\r\n+OK\r\n+OK\r\n"),                  // that nobody asked for
          std::string(":1\r\n*2\r\n:1\r\n:2\r\n$-1\r\n*-1\r\n"), // of every type
          std::string("*2147483647\r\n"), std::string("*1000000\r\n"),
          std::string("$9223372036854775807\r\nx\r\n"),
          std::string("$9223372036854775805\r\nx\r\n"), std::string("$-5\r\n"),
          std::string("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"),
          std::string(":99999999999999999999999\r\n")}) {
        std::atomic<bool> noisy = true;
        scripted_redis server([&](const auto& command) -> std::string {
            if (scripted_redis::greets(command)) return scripted_redis::greet(command);
            return noisy ? garbage : "$1\r\nx\r\n";
        });
        open(server.port());
        on.get("a"); // may succeed, where the first that came is a string
        noisy = false;
        EXPECT_TRUE(eventually([&] { return on.get("a").ok() && *on.get("a") == "x"; }))
            << garbage.substr(0, 40);
        on.close();
    }
}

TEST_F(redis_failure, a_server_that_talks_first_is_no_redis) {
    test::socket listener = test::socket::listen();
    on.open(settings_for(listener.local_port()));
    for (const char* greeting : {"+hello\r\n", "220 mail.example ESMTP\r\n",
                                 "-ERR max number of "
                                 "clients reached\r\n"}) {
        auto client = listener.accept(5s);
        ASSERT_TRUE(client.valid());
        client.send(greeting);
        std::string received;
        EXPECT_TRUE(eventually([&] { return !client.receive(received, 1s); }));
    }
    EXPECT_FALSE(on.available());
}

} // namespace
} // namespace thalamus::store
