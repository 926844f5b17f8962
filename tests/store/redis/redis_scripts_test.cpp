// The ledger in Lua says the same as policies/limits/ledger.cpp, to the permit and the microsecond:
// each reply and each stored entry tells the time at which Redis ran the script.
#include "store/redis/redis_scripts.hpp"
#include "tests/store/bench.hpp"
#include "tests/support/redis_server.hpp"

#include <random>
#include <sstream>

namespace thalamus::store::redis_scripts_test {
namespace {

using config::limit_algorithm;

class redis_scripts : public ::testing::Test {
protected:
    void SetUp() override {
        config::store_settings settings;
        settings.timeout = 1s;
        settings.redis.emplace();
        settings.redis->addresses = {{"127.0.0.1", server.port()}};
        on.open(settings);
        ASSERT_TRUE(on.becomes_available());
    }
    std::string key_of(std::string_view client, const limits::rule& by) {
        return ledger_key("thalamus:", by, client);
    }
    /// What lies in Redis.
    limits::entry stored(std::string_view client, const limits::rule& by) {
        std::istringstream text(redis.ask({"GET", key_of(client, by)}).text);
        char letter = 0;
        limits::entry entry;
        std::int64_t unit = 0;
        text >> letter >> entry.as_of;
        if (letter == 'b') text >> entry.debt >> unit;
        if (letter == 'w') text >> entry.current >> entry.previous >> unit;
        EXPECT_TRUE(text) << "not an entry: " << text.str();
        return entry;
    }
    std::int64_t time() {
        const auto said = redis.ask({"TIME"});
        return std::stoll(said.elements[0].text) * 1'000'000 + std::stoll(said.elements[1].text);
    }

    test::redis_server server;
    test::redis_client redis{server.port()};
    bench on;
};

void expect_equal(const limits::grant& given, const limits::grant& expected) {
    EXPECT_EQ(given.granted, expected.granted);
    EXPECT_EQ(given.life, expected.life);
    EXPECT_EQ(given.remaining, expected.remaining);
    EXPECT_EQ(given.reset, expected.reset);
    EXPECT_EQ(given.retry, expected.retry);
    EXPECT_EQ(given.ends, expected.ends);
}

TEST_F(redis_scripts, say_what_the_ledger_of_token_buckets_says) {
    std::mt19937 random(1);
    const auto any = [&](int most) { return std::uniform_int_distribution(0, most)(random); };
    struct rate {
        unsigned count;
        std::chrono::milliseconds period;
        unsigned burst;
    };
    for (const auto& [count, period, burst] :
         {rate{1000, 200ms, 200}, rate{997, 250ms, 2000}, rate{50, 24h, 50}, rate{100, 20ms, 3},
          rate{1'000'000, 1s, 7919}}) {
        const auto by = rule_of(limit_algorithm::token_bucket, count, period, burst,
                                "r" + std::to_string(count));
        limits::entry entry;
        std::int64_t ends = 0, granted = 0, refused = 0;
        for (int i = 0; i < 1500 && !HasFailure(); ++i) {
            const auto what = any(9);
            if (what < 7) {
                const limits::demand demand{any(5), any(1) * any(100)};
                const auto given = on.take("k", by, demand);
                ASSERT_TRUE(given.ok());
                const auto now = given->ends - given->life.count();
                expect_equal(*given, limits::take(entry, by, demand, now));
                ++(given->granted > 0 ? granted : refused);
                if (given->granted == 0) continue; // not stored
                ends = given->ends;
            } else if (entry.as_of == 0) {
                continue;
            } else if (what < 9) {
                if (time() + 1000 > ends) continue; // near its end either is right
                const auto permits = any(20);
                ASSERT_TRUE(on.give_back("k", by, permits, ends).ok());
                if (time() > ends) { // it came too late, or was just in time
                    entry = stored("k", by);
                    continue;
                }
                limits::give_back(entry, by, permits, ends, stored("k", by).as_of);
            } else {
                const auto permits = any(20);
                ASSERT_TRUE(on.charge("k", by, permits, {}).ok());
                const auto now = stored("k", by).as_of;
                limits::charge(entry, by, permits, now, now);
            }
            const auto kept = stored("k", by);
            EXPECT_EQ(kept.debt, entry.debt);
            EXPECT_EQ(kept.as_of, entry.as_of);
            if (HasFailure()) FAIL() << "step " << i << ", " << count << " per period";
        }
        EXPECT_GT(granted, 10) << count;
        if (count != 1'000'000) {
            EXPECT_GT(refused, 10) << count;
        }
    }
}

TEST_F(redis_scripts, say_what_the_ledger_of_windows_says) {
    std::mt19937 random(2);
    const auto any = [&](int most) { return std::uniform_int_distribution(0, most)(random); };
    for (const auto algorithm : {limit_algorithm::fixed_window, limit_algorithm::sliding_window}) {
        for (const auto& [count, period] : {std::pair{60u, 30ms}, std::pair{1000u, 150ms},
                                            std::pair{300u, std::chrono::milliseconds(24h)}}) {
            const auto by = rule_of(algorithm, count, period, 0, "r" + std::to_string(count));
            const auto width = by.period.count();
            limits::entry entry;
            std::int64_t ends = 0, granted = 0, refused = 0;
            for (int i = 0; i < 1500 && !HasFailure(); ++i) {
                const auto what = any(9);
                const auto before = time();
                if (what < 7) {
                    const limits::demand demand{any(5), any(1) * any(100)};
                    const auto given = on.take("k", by, demand);
                    ASSERT_TRUE(given.ok());
                    // `reset` reaches to the end of the window, or of the next.
                    const auto to_end = given->reset.count();
                    const auto now = given->ends - (to_end > width ? to_end - width : to_end);
                    expect_equal(*given, limits::take(entry, by, demand, now));
                    ++(given->granted > 0 ? granted : refused);
                    if (given->granted == 0) continue; // not stored
                    ends = given->ends;
                } else if (ends == 0) {
                    continue;
                } else {
                    const auto permits = any(20);
                    ASSERT_TRUE(what < 9 ? on.give_back("k", by, permits, ends).ok()
                                         : on.charge("k", by, permits, {}).ok());
                    if (before / width != time() / width) { // in which window is not known
                        entry = stored("k", by);
                        continue;
                    }
                    if (what < 9) limits::give_back(entry, by, permits, ends, before);
                    else limits::charge(entry, by, permits, before, before);
                    // What changes nothing is not stored.
                    if (what < 9 && entry.as_of + 1 != ends / width) continue;
                }
                const auto kept = stored("k", by);
                EXPECT_EQ(kept.as_of, entry.as_of);
                EXPECT_EQ(kept.current, entry.current);
                if (algorithm == limit_algorithm::sliding_window) {
                    EXPECT_EQ(kept.previous, entry.previous);
                }
                if (HasFailure()) FAIL() << "step " << i << ", " << count << " per period";
            }
            EXPECT_GT(granted, 10) << count;
            EXPECT_GT(refused, 10) << count;
        }
    }
}

TEST_F(redis_scripts, charge_the_window_in_which_it_was_granted) {
    const auto by = rule_of(limit_algorithm::sliding_window, 1000, 500ms);
    ASSERT_TRUE(test::eventually([&] { return time() % 500'000 < 100'000; }, 5s, 1ms));
    ASSERT_TRUE(on.charge("k", by, 7, 500ms).ok());
    ASSERT_TRUE(on.charge("k", by, 5, 5s).ok()); // too long ago to count
    const auto kept = stored("k", by);
    EXPECT_EQ(kept.previous, 7);
    EXPECT_EQ(kept.current, 0);
}

TEST_F(redis_scripts, always_set_a_lifetime_that_lasts_as_long_as_the_entry_matters) {
    for (const auto algorithm : {limit_algorithm::token_bucket, limit_algorithm::fixed_window,
                                 limit_algorithm::sliding_window}) {
        for (const auto period : {std::chrono::milliseconds(1), std::chrono::milliseconds(1000),
                                  std::chrono::milliseconds(24h)}) {
            const auto by = rule_of(algorithm, 20, period, 0, std::to_string(period.count()));
            const auto given = on.take("k", by, {15, 0});
            ASSERT_EQ(given->granted, 15);
            const auto life = std::stoll(redis.ask({"PTTL", key_of("k", by)}).text);
            EXPECT_GT(life, 500);
            EXPECT_GE(life, given->reset.count() / 1000);
            EXPECT_LE(life, 2 * period.count() + 2000);
            ASSERT_TRUE(on.give_back("k", by, 1, given->ends).ok());
            ASSERT_TRUE(on.charge("k", by, 1).ok());
            EXPECT_GT(std::stoll(redis.ask({"PTTL", key_of("k", by)}).text), 500);
        }
    }
    ASSERT_TRUE(on.put("value", "x", 1ms).ok());
    for (const auto& key : redis.ask({"KEYS", "*"}).elements)
        EXPECT_NE(redis.ask({"PTTL", key.text}).text, "-1") << key.text;
}

TEST_F(redis_scripts, take_what_they_did_not_write_for_nothing) {
    const std::string far = "9007199254740992", beyond(80, '9');
    for (const auto algorithm : {limit_algorithm::token_bucket, limit_algorithm::fixed_window,
                                 limit_algorithm::sliding_window}) {
        const auto by = rule_of(algorithm, 100, 24h);
        const auto key = key_of("k", by);
        for (const auto& value :
             {std::string(), std::string("x"), std::string("b 1 2"), std::string("b -5 -5 1"),
              std::string("b 1 1 0"), "b " + far + " 1 1", "b 1 " + beyond + " 1",
              std::string("b 1e5 1 1"), std::string("w 1 2 3 0"), "w " + far + " 1 1 " + far,
              "w " + far + " 0 0 60000000", "w 1 " + beyond + " 1 1", std::string(1 << 20, 'b'),
              std::string("\0\r\n", 3)}) {
            redis.ask({"SET", key, value});
            const auto given = on.take("k", by, {60, 0});
            ASSERT_TRUE(given.ok()) << value.substr(0, 100);
            EXPECT_EQ(given->granted, 60) << value.substr(0, 100);
            EXPECT_EQ(given->remaining, 40) << value.substr(0, 100);
            EXPECT_EQ(on.take("k", by, {60, 0})->granted, 40);
            redis.ask({"SET", key, value});
            EXPECT_TRUE(on.give_back("k", by, 1, given->ends).ok()) << value.substr(0, 100);
            redis.ask({"SET", key, value});
            EXPECT_TRUE(on.charge("k", by, 1).ok()) << value.substr(0, 100);
            EXPECT_EQ(on.take("k", by)->remaining, 98) << value.substr(0, 100);
        }
        for (const auto& foreign : {std::vector<std::string>{"RPUSH", key, "x"},
                                    std::vector<std::string>{"HSET", key, "x", "y"}}) {
            redis.ask({"DEL", key});
            redis.ask(foreign);
            EXPECT_EQ(on.take("k", by)->granted, 1);
            EXPECT_EQ(redis.ask({"TYPE", key}).text, "string");
        }
    }
    redis.ask({"RPUSH", "thalamus:list", "x"});
    EXPECT_EQ(*on.get("list"), std::nullopt);
}

TEST_F(redis_scripts, keep_a_debt_when_the_rate_changes_as_the_memory_does) {
    std::mt19937 random(3);
    const auto any = [&](unsigned most) {
        return std::uniform_int_distribution<unsigned>(1, most)(random);
    };
    for (int i = 0; i < 200; ++i) {
        const auto key = std::to_string(i);
        const auto a = rule_of(limit_algorithm::token_bucket, any(1000), 1000h, any(1000));
        const auto b = rule_of(limit_algorithm::token_bucket, any(1000), 1000h, any(1000));
        const auto taken = on.take(key, a, {any(500), 0})->granted;
        const auto left = std::max<std::int64_t>(0, b.burst - taken);
        const auto remaining = on.take(key, b, {0, 0})->remaining;
        EXPECT_LE(remaining, left) << i;
        EXPECT_GE(remaining, left - 1) << i; // a rounded part of a permit
    }
}

TEST(ledger_key, hashes_what_is_long_and_what_looks_like_a_hash) {
    const auto by = rule_of(limit_algorithm::sliding_window, 10, 1s, 0, "per-client");
    EXPECT_EQ(ledger_key("p:", by, "1.2.3.4"), "p:limit:s:{per-client:1.2.3.4}");
    EXPECT_EQ(ledger_key("p:", by, std::string(128, 'x')).size(), 128u + 23);
    // SHA-256 of "#", and of 129 times 'x'
    const auto hashed = ledger_key("p:", by, "#");
    EXPECT_EQ(hashed, "p:limit:s:{per-client:#"
                      "334359b90efed75da5f0ada1d5e6b256f4a6bd0aee7eb39c0f90182a021ffc8b}");
    EXPECT_EQ(ledger_key("p:", by, std::string(129, 'x')).size(), hashed.size());
    EXPECT_NE(ledger_key("p:", by, std::string(129, 'x')),
              ledger_key("p:", by, std::string(130, 'x')));
}

} // namespace
} // namespace thalamus::store::redis_scripts_test
