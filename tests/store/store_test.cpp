// What every store does: the suite runs against memory and a real Redis.
#include "tests/store/every_store.hpp"

namespace thalamus::store::store_test {
namespace {

using config::limit_algorithm;

INSTANTIATE_TEST_SUITE_P(of, every_store, ::testing::Values("memory", "redis"),
                         [](const auto& is) { return std::string(is.param); });

// -- values
// ----------------------------------------------------------------------------------------

TEST_P(every_store, gives_back_what_was_put) {
    EXPECT_EQ(*on.get("a"), std::nullopt);
    ASSERT_TRUE(on.put("a", "1").ok());
    EXPECT_EQ(*on.get("a"), "1");
    ASSERT_TRUE(on.put("a", "2").ok());
    EXPECT_EQ(*on.get("a"), "2");
    ASSERT_TRUE(on.erase("a").ok());
    EXPECT_EQ(*on.get("a"), std::nullopt);
    EXPECT_TRUE(on.erase("a").ok());
}

TEST_P(every_store, takes_any_bytes_as_keys_and_values) {
    using namespace std::string_literals;
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    const std::string large(1 << 20, '\0');
    for (const auto& text :
         {""s, "\0"s, "\r\n"s, "$5\r\nhello\r\n"s, "{}"s, "}{"s, "a b"s, "%s%b"s, all, large}) {
        ASSERT_TRUE(on.put("key" + text, text + "!").ok()) << text.size();
        EXPECT_EQ(*on.get("key" + text), text + "!") << text.size();
    }
    ASSERT_TRUE(on.put("", "").ok());
    EXPECT_EQ(*on.get(""), "");
}

TEST_P(every_store, forgets_a_value_when_its_lifetime_is_over) {
    ASSERT_TRUE(on.put("short", "1", 30ms).ok());
    ASSERT_TRUE(on.put("long", "1", 60s).ok());
    EXPECT_TRUE(test::eventually([&] { return !(*on.get("short")).has_value(); }));
    EXPECT_EQ(*on.get("long"), "1");
}

TEST_P(every_store, carries_out_calls_in_the_order_they_were_made) {
    const auto seen = on.all<std::optional<std::string>>(100, [&](std::size_t i, auto then) {
        on.it().put("k", std::to_string(i), 60s, [](auto) {});
        on.it().get("k", std::move(then));
    });
    for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(*seen[i], std::to_string(i));
}

// -- limits
// ----------------------------------------------------------------------------------------

TEST_P(every_store, grants_what_the_rule_allows_and_no_more) {
    for (const auto algorithm : {limit_algorithm::token_bucket, limit_algorithm::fixed_window,
                                 limit_algorithm::sliding_window}) {
        const auto by = rule_of(algorithm, 5, 24h);
        for (int left = 4; left >= 0; --left) {
            const auto given = on.take("client", by);
            ASSERT_TRUE(given.ok());
            EXPECT_EQ(given->granted, 1);
            EXPECT_EQ(given->remaining, left);
            EXPECT_GT(given->reset.count(), 0);
        }
        const auto refused = on.take("client", by);
        EXPECT_EQ(refused->granted, 0);
        EXPECT_EQ(refused->remaining, 0);
        EXPECT_GT(refused->retry.count(), 0);
        EXPECT_EQ(on.take("other", by)->granted, 1);
    }
}

TEST_P(every_store, keeps_rules_and_algorithms_apart) {
    const auto bucket = rule_of(limit_algorithm::token_bucket, 1, 24h);
    EXPECT_EQ(on.take("client", bucket)->granted, 1);
    EXPECT_EQ(on.take("client", bucket)->granted, 0);
    EXPECT_EQ(on.take("client", rule_of(limit_algorithm::fixed_window, 1, 24h))->granted, 1);
    EXPECT_EQ(on.take("client", rule_of(limit_algorithm::sliding_window, 1, 24h))->granted, 1);
    EXPECT_EQ(on.take("client", rule_of(limit_algorithm::token_bucket, 1, 24h, 1, "r2"))->granted,
              1);
}

TEST_P(every_store, takes_any_bytes_as_a_client) {
    const auto by = rule_of(limit_algorithm::token_bucket, 1, 24h);
    using namespace std::string_literals;
    for (const auto& client :
         {""s, "\0"s, "\r\n"s, "}"s, "{}"s, "x}y{z"s, "#"s, std::string(129, 'x'),
          std::string(129, 'y'), std::string(100000, '\n')}) {
        EXPECT_EQ(on.take(client, by)->granted, 1) << client.size();
        EXPECT_EQ(on.take(client, by)->granted, 0) << client.size();
    }
}

TEST_P(every_store, lends_permits_ahead_and_takes_them_back) {
    for (const auto algorithm : {limit_algorithm::token_bucket, limit_algorithm::fixed_window,
                                 limit_algorithm::sliding_window}) {
        const auto by = rule_of(algorithm, 1000, 24h);
        const auto lent = on.take("client", by, {1, 100});
        ASSERT_EQ(lent->granted, 101);
        EXPECT_EQ(lent->life, by.lease_life);
        ASSERT_TRUE(on.give_back("client", by, 100, lent->ends).ok());
        const auto after = on.take("client", by);
        EXPECT_GE(after->remaining, 997);
        ASSERT_TRUE(on.give_back("client", by, 100, 1).ok()); // a lease that ended long ago
        EXPECT_LE(on.take("client", by)->remaining, after->remaining);
        ASSERT_TRUE(on.give_back("nobody", by, 100, lent->ends).ok());
        EXPECT_EQ(on.take("nobody", by)->remaining, 999);
    }
}

TEST_P(every_store, charges_what_was_granted_elsewhere) {
    for (const auto algorithm : {limit_algorithm::token_bucket, limit_algorithm::fixed_window,
                                 limit_algorithm::sliding_window}) {
        const auto by = rule_of(algorithm, 10, 24h);
        ASSERT_TRUE(on.charge("client", by, 4).ok());
        EXPECT_EQ(on.take("client", by)->remaining, 5);
        ASSERT_TRUE(on.charge("client", by, 100).ok());
        EXPECT_EQ(on.take("client", by)->granted, 0);
    }
}

TEST_P(every_store, grants_again_as_time_passes) {
    const auto bucket = rule_of(limit_algorithm::token_bucket, 1, 50ms);
    ASSERT_EQ(on.take("client", bucket)->granted, 1);
    const auto begin = bench::clock::now();
    while (on.take("client", bucket)->granted == 0) ASSERT_LT(bench::clock::now() - begin, 5s);
    EXPECT_GT(bench::clock::now() - begin, 25ms);
}

TEST_P(every_store, what_was_granted_stays_granted_when_the_rate_changes) {
    const auto hourly = rule_of(limit_algorithm::token_bucket, 100, 24h);
    for (int i = 0; i < 60; ++i) ASSERT_EQ(on.take("client", hourly)->granted, 1);
    const auto doubled = rule_of(limit_algorithm::token_bucket, 200, 24h);
    EXPECT_NEAR(static_cast<double>(on.take("client", doubled)->remaining), 139, 1);
    const auto tiny = rule_of(limit_algorithm::token_bucket, 7, 23h);
    EXPECT_EQ(on.take("client", tiny)->granted, 0);
    for (const auto algorithm : {limit_algorithm::fixed_window, limit_algorithm::sliding_window}) {
        for (int i = 0; i < 60; ++i)
            ASSERT_EQ(on.take("client", rule_of(algorithm, 100, 24h))->granted, 1);
        EXPECT_EQ(on.take("client", rule_of(algorithm, 200, 24h))->remaining, 139);
        EXPECT_EQ(on.take("client", rule_of(algorithm, 70, 25h))->remaining, 8);
    }
}

// -- handlers
// --------------------------------------------------------------------------------------

TEST_P(every_store, a_handler_may_call_again) {
    std::promise<std::string> seen;
    on.on_reactor([&] {
        on.it().put("a", "1", 60s, [&](auto) {
            on.it().get("a", [&](auto value) { seen.set_value(*std::get<0>(value)); });
        });
    });
    EXPECT_EQ(seen.get_future().get(), "1");
}

TEST_P(every_store, a_handler_may_destroy_the_store) {
    std::promise<void> destroyed;
    std::atomic<int> called = 0;
    on.on_reactor([&] {
        for (int i = 0; i < 10; ++i) {
            if (!on.owned()) break;
            on.it().get("a", [&](auto) {
                if (++called == 1) {
                    on.owned().reset();
                    destroyed.set_value();
                }
            });
        }
    });
    destroyed.get_future().get();
    on.on_reactor([] {}); // nothing is called after it
    EXPECT_EQ(called, GetParam() == std::string_view("redis") ? 10 : 1);
}

} // namespace
} // namespace thalamus::store::store_test
