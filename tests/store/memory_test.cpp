// The memory store alone: a clock told by hand, bounds, threads.
#include "store/memory_store.hpp"

#include "tests/store/bench.hpp"

#include <random>
#include <thread>

namespace thalamus::store::memory_test {
namespace {

using config::limit_algorithm;

constexpr std::int64_t second = 1'000'000;

struct by_hand {
    explicit by_hand(ledger_table::bounds ledger = {}, value_table::bounds values = {},
                     set_table::bounds sets = {})
        : shared(std::make_shared<memory>([this] { return now; }, ledger, values, sets)),
          it(shared, counts) {}

    limits::grant take(std::string_view key, const limits::rule& by, limits::demand what = {}) {
        limits::grant given;
        it.take(key, by, what, [&](auto result) { given = std::get<0>(result); });
        return given;
    }
    bool put(std::string_view key, std::string_view value, std::chrono::milliseconds life = 1s) {
        bool done = false;
        it.put(key, value, life, [&](auto result) { done = result.index() == 0; });
        return done;
    }

    bool add(std::string_view set, std::string_view member,
             std::optional<std::chrono::seconds> life = {}) {
        const time_point expires =
            life ? time_point(std::chrono::microseconds(now)) + *life : never;
        bool done = false;
        it.add(set, member, expires, [&](auto result) { done = result.index() == 0; });
        return done;
    }
    std::size_t shown(std::string_view set) {
        std::size_t count = 0;
        std::string cursor;
        do
            it.scan(set, cursor, [&](auto result) {
                count += std::get<0>(result).members.size();
                cursor = std::get<0>(result).next;
            });
        while (!cursor.empty());
        return count;
    }

    std::int64_t now = 1'700'000'000 * second;
    counters counts;
    std::shared_ptr<memory> shared;
    memory_store it;
};

TEST(memory_store, does_what_the_ledger_does) {
    std::mt19937 random(7);
    const auto any = [&](std::int64_t most) {
        return std::uniform_int_distribution<std::int64_t>(0, most)(random);
    };
    for (const auto algorithm : {limit_algorithm::token_bucket, limit_algorithm::fixed_window,
                                 limit_algorithm::sliding_window}) {
        const auto by = rule_of(algorithm, 100, 1s, 150);
        by_hand store;
        limits::entry entry;
        std::int64_t ends = 0;
        for (int i = 0; i < 20000; ++i) {
            store.now += any(20000);
            const auto what = any(9);
            if (what < 7) {
                const limits::demand demand{any(5), any(30)};
                const auto expected = limits::take(entry, by, demand, store.now);
                const auto given = store.take("k", by, demand);
                ASSERT_EQ(given.granted, expected.granted) << i;
                ASSERT_EQ(given.remaining, expected.remaining) << i;
                ASSERT_EQ(given.reset, expected.reset) << i;
                ASSERT_EQ(given.retry, expected.retry) << i;
                ASSERT_EQ(given.ends, expected.ends) << i;
                if (given.granted > 0) ends = given.ends;
            } else if (what < 9) {
                const auto permits = any(10);
                limits::give_back(entry, by, permits, ends, store.now);
                store.it.give_back("k", by, permits, ends, [](auto) {});
            } else {
                const auto permits = any(10), ago = any(second);
                limits::charge(entry, by, permits, store.now - ago, store.now);
                store.it.charge("k", by, permits, limits::microseconds(ago), [](auto) {});
            }
        }
    }
}

TEST(memory_store, forgets_clients_whose_budget_is_whole_again) {
    by_hand store;
    const auto by = rule_of(limit_algorithm::token_bucket, 10, 1s);
    for (int i = 0; i < 10000; ++i) store.take("old" + std::to_string(i), by);
    EXPECT_EQ(store.shared->ledger.size(), 10000u);
    store.now += 10 * second;
    // A new entry pays for forgetting one old entry of its stripe. Keys are spread over the stripes
    // by a random hash, so three new ones for each old one are enough wherever they fall.
    for (int i = 0; i < 30000; ++i) store.take("new" + std::to_string(i), by);
    EXPECT_EQ(store.shared->ledger.size(), 30000u);
}

TEST(memory_store, never_over_admits_a_client_when_full) {
    by_hand store({.entries = 640, .shared = 640});
    for (const auto algorithm : {limit_algorithm::token_bucket, limit_algorithm::fixed_window,
                                 limit_algorithm::sliding_window}) {
        const auto by = rule_of(algorithm, 3, 1000s);
        std::vector<std::int64_t> granted(5000);
        std::int64_t total = 0;
        for (int round = 0; round < 5; ++round)
            for (std::size_t i = 0; i < granted.size(); ++i)
                granted[i] += store.take("c" + std::to_string(i), by).granted;
        for (const auto of_one : granted) {
            EXPECT_LE(of_one, 3);
            total += of_one;
        }
        EXPECT_GE(total, 3 * 600); // nearly every entry, shared or not, is used up
        EXPECT_LE(store.shared->ledger.size(), 640u);
    }
}

TEST(memory_store, a_client_that_shared_an_entry_is_not_over_admitted_when_there_is_room_again) {
    by_hand store({.entries = 64, .shared = 64});
    const auto brief = rule_of(limit_algorithm::token_bucket, 1, 1s, 1, "brief");
    for (int i = 0; i < 10000; ++i) store.take("b" + std::to_string(i), brief);
    const auto by = rule_of(limit_algorithm::token_bucket, 2, 1000s);
    EXPECT_EQ(store.take("late", by).granted, 1); // shared
    EXPECT_EQ(store.take("late", by).granted, 1);
    store.now += 5 * second; // the others are forgotten
    EXPECT_EQ(store.take("late", by).granted, 0);
}

TEST(memory_store, one_rule_does_not_take_the_shared_entries_of_another) {
    by_hand store({.entries = 64, .shared = 6400});
    const auto flooded = rule_of(limit_algorithm::token_bucket, 1, 1000s, 1, "flooded");
    for (int i = 0; i < 100000; ++i) store.take("b" + std::to_string(i), flooded);
    const auto by = rule_of(limit_algorithm::token_bucket, 5, 1000s);
    EXPECT_EQ(store.take("client", by).granted, 1);
}

TEST(memory_store, refuses_values_beyond_its_bounds_until_others_expire) {
    by_hand store({}, {.values = 100, .bytes = 1000});
    int kept = 0;
    while (kept < 1000 && store.put("k" + std::to_string(kept), "x")) ++kept;
    EXPECT_EQ(kept, 100);
    EXPECT_TRUE(store.put("k1", "y")); // replaces
    EXPECT_FALSE(store.put("k1", std::string(2000, 'x')));
    EXPECT_EQ(store.counts.refused.get(), 2u);
    store.now += 2 * second;
    int again = 0; // the expired of a part of the table make room when something comes there
    for (int i = 0; i < 1000; ++i) again += store.put("n" + std::to_string(i), "x");
    EXPECT_GE(again, 60) << "of 100, as keys fall on the parts";
}

TEST(memory_store, removes_expired_members_a_few_with_each_call) {
    by_hand store;
    constexpr auto swept = expiring_sets::swept;
    for (std::size_t i = 0; i < 3 * swept; ++i) ASSERT_TRUE(store.add("s", std::to_string(i), 1s));
    ASSERT_TRUE(store.add("s", "last", 5s));
    ASSERT_TRUE(store.add("s", "ever"));
    ASSERT_TRUE(store.add("s", "0", 5s)); // moved
    store.now += second;
    EXPECT_TRUE(store.add("s", "more"));
    EXPECT_EQ(store.shared->sets.size(), 2 * swept + 3);
    store.it.remove("s", "more", [](auto) {});
    EXPECT_EQ(store.shared->sets.size(), swept + 2);
    EXPECT_EQ(store.shown("s"), 3u);
    EXPECT_EQ(store.shared->sets.size(), 3u);
    store.now += 5 * second;
    EXPECT_EQ(store.shown("s"), 1u);
    EXPECT_EQ(store.shared->sets.size(), 1u);
}

TEST(memory_store, refuses_members_beyond_its_bounds_until_others_expire) {
    by_hand store({}, {}, {.members = 100, .bytes = 64 << 10});
    int kept = 0;
    while (kept < 1000 && store.add("s", "k" + std::to_string(kept), 1s)) ++kept;
    EXPECT_EQ(kept, 100);
    EXPECT_TRUE(store.add("s", "k0", 2s));
    EXPECT_TRUE(store.add("other", "k0", 2s));
    store.now += second;
    EXPECT_TRUE(store.add("s", "more"));
    EXPECT_EQ(store.shown("s"), 2u);
    int large = 0;
    while (large < 1000 && store.add("s", std::to_string(large) + std::string(4000, 'x'), 1s))
        ++large;
    EXPECT_GE(large, 10);
    EXPECT_LE(large, 16);
    EXPECT_FALSE(store.add("new", std::string(4000, 'x')));
    EXPECT_TRUE(store.add("s", "0" + std::string(4000, 'x'), 3s)); // is there
    store.now += 2 * second;
    EXPECT_EQ(store.shown("s"), 2u);
    EXPECT_TRUE(store.add("new", std::string(4000, 'x')));
    EXPECT_EQ(store.counts.refused.get(), 3u);
}

TEST(memory_store, all_reactors_share_its_sets) {
    const auto shared = std::make_shared<memory>();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&, i] {
            counters counts;
            memory_store store(shared, counts);
            for (int n = 0; n < 2000; ++n) {
                store.add("s", std::to_string(n), never, [](auto) {});
                if (n % 2 == i % 2) store.remove("s", std::to_string(n - 1), [](auto) {});
                store.scan("s", ">" + std::to_string(n), [](auto) {});
            }
            for (int n = 0; n < 2000; ++n) store.add("s", std::to_string(n), never, [](auto) {});
        });
    for (auto& thread : threads) thread.join();
    EXPECT_GE(shared->sets.size(), 1000u);
    EXPECT_LE(shared->sets.size(), 2000u);
}

TEST(memory_store, all_reactors_together_get_what_the_rule_allows) {
    const auto shared = std::make_shared<memory>();
    const auto by = rule_of(limit_algorithm::fixed_window, 5000, 24h);
    std::atomic<std::int64_t> granted = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            counters counts;
            memory_store store(shared, counts);
            for (int n = 0; n < 5000; ++n)
                store.take(std::to_string(n % 10), by, {},
                           [&](auto given) { granted += std::get<0>(given).granted; });
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(granted, 20000);
    counters counts;
    memory_store store(shared, counts);
    std::int64_t left = 0;
    for (int n = 0; n < 10; ++n)
        store.take(std::to_string(n), by, {0, 0},
                   [&](auto given) { left += std::get<0>(given).remaining; });
    EXPECT_EQ(left, 10 * 5000 - 20000);
}

} // namespace
} // namespace thalamus::store::memory_test
