// What becomes of calls that Redis answers with an error, or of what is not Redis at all.
#include "tests/store/redis/redis_test.hpp"

#include <algorithm>
#include <random>

namespace thalamus::store::redis_errors_test {
namespace {

using config::limit_algorithm;

class redis_errors : public redis_test {};

// -- error replies
// ---------------------------------------------------------------------------------

TEST_F(redis_errors, sends_a_script_again_that_the_server_has_lost) {
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

TEST_F(redis_errors, gives_up_on_a_server_that_forgets_every_script_at_once) {
    scripted_redis server([&](const auto& command) -> std::string {
        const bool probe = command[0] == "EVAL" && command[1].find("GET") == std::string::npos;
        return command[0].starts_with("EVAL") && !probe ? "-NOSCRIPT No matching script.\r\n"
                                                        : scripted_redis::greet(command);
    });
    open(server.port());
    EXPECT_EQ(on.take("k", by).failed(), failure::refused);
    EXPECT_TRUE(on.available());
}

TEST_F(redis_errors, leaves_a_server_that_has_become_a_replica_until_it_is_a_primary_again) {
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

TEST_F(redis_errors, waits_for_a_server_that_is_loading) {
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

TEST_F(redis_errors, a_full_server_counts_as_failing_until_it_takes_writes_again) {
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

TEST_F(redis_errors, an_error_of_one_command_is_no_failure_of_the_server) {
    scripted_redis server([&](const auto& command) -> std::string {
        return command[0] == "GET" ? "-ERR no\r\n" : scripted_redis::greet(command);
    });
    open(server.port());
    for (int i = 0; i < 10; ++i) EXPECT_EQ(on.get("a").failed(), failure::refused);
    EXPECT_TRUE(on.available());
}

TEST_F(redis_errors, tells_by_each_error_what_is_to_be_done) {
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

// -- not Redis
// -------------------------------------------------------------------------------------

TEST_F(redis_errors, a_reply_of_the_wrong_type_is_refused) {
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

TEST_F(redis_errors, garbage_breaks_the_connection_and_nothing_else) {
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

TEST_F(redis_errors, a_server_that_talks_first_is_no_redis) {
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
} // namespace thalamus::store::redis_errors_test
