// How expiring sets lie in Redis, and what becomes of calls about them while Redis fails.
#include "store/redis/redis_sets.hpp"
#include "tests/store/redis/redis_test.hpp"

#include <algorithm>

namespace thalamus::store::redis_sets_test {
namespace {

class redis_sets : public redis_test {
protected:
    static constexpr const char* key = "thalamus:set:s";

    void open_slowly(std::uint16_t port) {
        auto settings = settings_for(port);
        settings.timeout = 10s; // of one that works: the machine may be busy
        on.open(settings);
        ASSERT_TRUE(on.becomes_available());
    }
    void add_many(std::size_t count) {
        const auto outcomes = on.all<done>(count, [&](std::size_t i, auto then) {
            on.it().add("s", std::to_string(i), never, std::move(then));
        });
        ASSERT_TRUE(std::ranges::all_of(outcomes, [](const auto& o) { return o.ok(); }));
    }
    /// One call of each kind; how they failed, in order. Each handler is called once.
    std::vector<std::optional<failure>> fail_all() {
        std::vector<std::optional<failure>> how;
        std::array<int, 3> called{};
        std::promise<void> all_called;
        on.on_reactor([&] {
            how.resize(3);
            const auto note = [&](std::size_t i, auto result) {
                if (result.index() == 1) how[i] = std::get<1>(result);
                if (++called[i] == 1 && std::ranges::count(called, 0) == 0) all_called.set_value();
            };
            on.it().add("s", "x", never, [=](auto result) { note(0, result); });
            on.it().remove("s", "x", [=](auto result) { note(1, result); });
            on.it().scan("s", {}, [=](auto result) { note(2, result); });
        });
        EXPECT_EQ(all_called.get_future().wait_for(10s), std::future_status::ready);
        on.on_reactor([&] { on.owned().reset(); }); // would call those that it still knows
        on.on_reactor([&] { EXPECT_EQ(called, (std::array{1, 1, 1})); });
        return how;
    }
    using failures = std::vector<std::optional<failure>>;
};

// -- what lies in Redis
// ----------------------------------------------------------------------------

TEST_F(redis_sets, expire_as_a_whole_with_their_last_member) {
    test::redis_server server;
    test::redis_client redis(server.port());
    open_slowly(server.port());
    const auto life = [&] { return std::stoll(redis.ask({"PTTL", key}).text); };
    const auto now = std::chrono::system_clock::now();
    ASSERT_TRUE(on.add("s", "two hours", now + 2h).ok());
    EXPECT_EQ(redis.ask({"TYPE", key}).text, "zset");
    EXPECT_NEAR(static_cast<double>(life()), 7'200'000, 10'000);
    ASSERT_TRUE(on.add("s", "an hour", now + 1h).ok());
    EXPECT_NEAR(static_cast<double>(life()), 7'200'000, 10'000);
    ASSERT_TRUE(on.add("s", "ever").ok());
    EXPECT_EQ(life(), -1);
    ASSERT_TRUE(on.add("s", "three hours", now + 3h).ok());
    EXPECT_EQ(life(), -1);
    ASSERT_TRUE(on.remove("s", "ever").ok());
    EXPECT_NEAR(static_cast<double>(life()), 10'800'000, 10'000);
    ASSERT_TRUE(on.remove("s", "three hours").ok());
    EXPECT_NEAR(static_cast<double>(life()), 7'200'000, 10'000);
    ASSERT_TRUE(on.remove("s", "two hours").ok());
    ASSERT_TRUE(on.remove("s", "an hour").ok());
    EXPECT_EQ(life(), -2);
    ASSERT_TRUE(on.add("s", "soon", std::chrono::system_clock::now() + 100ms).ok());
    EXPECT_TRUE(eventually([&] { return life() == -2; }));
}

TEST_F(redis_sets, lose_their_expired_members_a_few_with_each_add) {
    test::redis_server server;
    test::redis_client redis(server.port());
    open_slowly(server.port());
    ASSERT_TRUE(on.add("s", "ever").ok());
    constexpr auto swept = expiring_sets::swept;
    for (std::size_t i = 0; i < 2 * swept + 50; ++i)
        redis.ask({"ZADD", key, std::to_string(1000 + i), std::to_string(i)});
    const auto size = [&] { return std::stoull(redis.ask({"ZCARD", key}).text); };
    EXPECT_EQ(on.members("s").size(), 1u); // none of them is shown
    ASSERT_TRUE(on.add("s", "ever").ok());
    EXPECT_EQ(size(), swept + 51);
    ASSERT_TRUE(on.add("s", "x", time_point()).ok());
    EXPECT_EQ(size(), 51u);
    ASSERT_TRUE(on.add("s", "more").ok());
    EXPECT_EQ(size(), 2u);
    EXPECT_EQ(on.members("s").size(), 2u);
}

TEST_F(redis_sets, make_room_of_what_has_expired) {
    test::redis_server server;
    test::redis_client redis(server.port());
    open_slowly(server.port());
    for (int i = 0; i < 10; ++i)
        redis.ask({"EVAL", "for i = 1, 10000 do redis.call('ZADD', KEYS[1], i, ARGV[1] .. i) end",
                   "1", key, std::to_string(i) + "-"});
    ASSERT_EQ(redis.ask({"ZCARD", key}).text, "100000");
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(on.add("s", "m" + std::to_string(i)).ok());
    EXPECT_EQ(redis.ask({"ZCARD", key}).text, "99010");
}

TEST_F(redis_sets, are_scanned_anew_behind_another_connection) {
    test::redis_server server;
    open_slowly(server.port());
    constexpr std::size_t many = 3000;
    add_many(many);
    const auto first = on.scan("s");
    ASSERT_TRUE(first.ok());
    ASSERT_FALSE(first->next.empty());
    EXPECT_LT(on.members("s", first->next).size(), many); // goes on, on the same connection
    // Another server, which orders them in its own way.
    server.kill();
    ASSERT_TRUE(on.becomes_available(false));
    server.start();
    ASSERT_TRUE(on.becomes_available());
    add_many(many);
    EXPECT_EQ(on.members("s", first->next).size(), many);
}

TEST_F(redis_sets, are_written_by_scripts_that_are_sent_again_when_lost) {
    test::redis_server server;
    open_slowly(server.port());
    for (int i = 0; i < 2; ++i) {
        const auto before = on.counts.scripts_sent.get();
        EXPECT_TRUE(on.add("s", "x").ok());
        EXPECT_EQ(on.members("s").size(), 1u);
        EXPECT_TRUE(on.remove("s", "x").ok());
        EXPECT_EQ(on.counts.scripts_sent.get(), before + 3);
        server.ask({"SCRIPT", "FLUSH"});
    }
    EXPECT_EQ(on.counts.refused.get(), 0u);
}

// -- failures
// --------------------------------------------------------------------------------------

TEST_F(redis_sets, are_unavailable_without_a_server) {
    test::refusing_port refusing;
    on.open(settings_for(refusing.port()));
    EXPECT_EQ(fail_all(), failures(3, failure::unavailable));
    EXPECT_EQ(on.counts.unavailable.get(), 3u);
}

TEST_F(redis_sets, do_not_wait_longer_for_a_frozen_server_than_the_timeout) {
    test::redis_server server;
    open(server.port());
    server.freeze();
    const test::stopwatch since;
    EXPECT_EQ(fail_all(), failures(3, failure::timeout));
    EXPECT_LT(since.elapsed(), 1s);
    EXPECT_EQ(on.counts.timeout.get(), 3u);
}

TEST_F(redis_sets, tell_who_waits_when_the_store_goes) {
    test::redis_server server;
    auto settings = settings_for(server.port());
    settings.timeout = 10s;
    on.open(settings);
    ASSERT_TRUE(on.becomes_available());
    server.freeze();
    std::atomic<int> told = 0;
    on.on_reactor([&] {
        const auto note = [&](auto result) { told += std::get<1>(result) == failure::unavailable; };
        on.it().add("s", "x", never, note);
        on.it().remove("s", "x", note);
        on.it().scan("s", {}, note);
    });
    on.close();
    EXPECT_EQ(told, 3);
}

TEST_F(redis_sets, refuse_a_key_that_holds_something_else_and_leave_it) {
    test::redis_server server;
    open_slowly(server.port());
    server.ask({"RPUSH", key, "precious"});
    EXPECT_EQ(fail_all(), failures(3, failure::refused));
    EXPECT_EQ(server.ask({"TYPE", key}).text, "list");
    EXPECT_EQ(on.counts.opened.get(), 0u); // no failure of the server
}

TEST_F(redis_sets, take_no_member_while_the_server_is_full) {
    test::redis_server server;
    open_slowly(server.port());
    ASSERT_TRUE(on.add("s", "x").ok());
    server.ask({"CONFIG", "SET", "maxmemory", "1"});
    EXPECT_EQ(on.add("s", "y").failed(), failure::refused);
    EXPECT_EQ(on.members("s").size(), 1u);
    EXPECT_TRUE(on.remove("s", "x").ok()); // gives memory back
}

TEST_F(redis_sets, fail_with_every_error_reply) {
    for (const char* error :
         {"-ERR no\r\n", "-OOM command not allowed when used memory > 'maxmemory'.\r\n",
          "-NOSCRIPT No matching script.\r\n", "-WRONGTYPE Operation against a key\r\n",
          "-NOPERM no permissions\r\n", "-MOVED 1 127.0.0.1:1\r\n", "-ASK x y\r\n", "-\r\n"}) {
        scripted_redis server([&](const auto& command) -> std::string {
            const bool probe = command[0] == "EVAL" && command[1] == probe_script;
            return command[0].starts_with("EVAL") && !probe ? error
                                                            : scripted_redis::greet(command);
        });
        open(server.port());
        for (const auto& why : fail_all()) EXPECT_TRUE(why) << error;
    }
}

TEST_F(redis_sets, refuse_replies_of_the_wrong_type) {
    std::string reply;
    scripted_redis server([&](const auto& command) -> std::string {
        return scripted_redis::greets(command) ? scripted_redis::greet(command) : reply;
    });
    open_slowly(server.port());
    const auto say = [&](const char* text) { on.on_reactor([&] { reply = text; }); };
    for (const char* is :
         {"+OK\r\n", "$1\r\nx\r\n", "$-1\r\n", "*-1\r\n", "*0\r\n", "*1\r\n:0\r\n",
          "*1\r\n$0\r\n\r\n", "*1\r\n$1\r\nx\r\n", "*1\r\n$2\r\n-1\r\n",
          "*1\r\n$20\r\n99999999999999999999\r\n", "*2\r\n$1\r\n0\r\n$1\r\nm\r\n",
          "*3\r\n$1\r\n0\r\n$1\r\nm\r\n$3\r\nnan\r\n", "*3\r\n$1\r\n0\r\n$1\r\nm\r\n$4\r\n-inf\r\n",
          "*3\r\n$1\r\n0\r\n$1\r\nm\r\n$0\r\n\r\n", "*3\r\n$1\r\n0\r\n$1\r\nm\r\n:1\r\n",
          "*3\r\n$1\r\n0\r\n:1\r\n$1\r\n1\r\n", "*3\r\n$1\r\n0\r\n$-1\r\n*-1\r\n",
          "*2\r\n*1\r\n*0\r\n*-1\r\n"}) {
        say(is);
        EXPECT_EQ(on.add("s", "m").failed(), failure::refused) << is;
        EXPECT_EQ(on.remove("s", "m").failed(), failure::refused) << is;
        EXPECT_EQ(on.scan("s").failed(), failure::refused) << is;
    }
    say(":1\r\n");
    EXPECT_EQ(on.scan("s").failed(), failure::refused);
    for (const char* score : {"$3\r\ninf\r\n", "$5\r\n1e300\r\n", "$13\r\n9223372036855\r\n"}) {
        say((std::string("*3\r\n$1\r\n0\r\n$1\r\nm\r\n") + score).c_str());
        EXPECT_EQ(on.members("s").at("m"), never) << score;
    }
    say("*3\r\n$1\r\n0\r\n$1\r\nm\r\n$6\r\n1000.5\r\n"); // not written by the store
    EXPECT_EQ(on.members("s").at("m"), time_point(1000ms));
    EXPECT_TRUE(on.available());
}

} // namespace
} // namespace thalamus::store::redis_sets_test
