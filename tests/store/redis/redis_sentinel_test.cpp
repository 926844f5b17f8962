// The primary that Sentinels watch: found, and found again when another server has become it.
#include "tests/store/bench.hpp"
#include "tests/store/redis/scripted_redis.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/system_names.hpp"

namespace thalamus::store::redis_sentinel_test {
namespace {

using config::limit_algorithm;

config::store_settings settings_for(const std::vector<std::uint16_t>& sentinels) {
    config::store_settings settings;
    settings.timeout = 50ms;
    settings.redis.emplace();
    settings.redis->type = config::redis_settings::topology::sentinel;
    settings.redis->primary = test::redis_sentinels::primary_name;
    for (const auto port : sentinels) settings.redis->addresses.push_back({"127.0.0.1", port});
    return settings;
}

std::string primary_at(std::uint16_t port) {
    const auto text = std::to_string(port);
    return "*2\r\n$9\r\n127.0.0.1\r\n$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

TEST(redis_sentinel, goes_on_with_the_next_primary_when_the_first_is_killed) {
    test::redis_sentinels redis;
    bench on;
    on.open(settings_for(redis.ports()));
    ASSERT_TRUE(on.becomes_available());
    const auto by = rule_of(limit_algorithm::token_bucket, 5, 24h);
    for (int i = 0; i < 3; ++i) ASSERT_EQ(on.take("k", by)->granted, 1);
    ASSERT_NE(redis.first().ask({"WAIT", "1", "1000"}).text, "0"); // the replica has them
    redis.first().kill();
    const test::stopwatch since;
    ASSERT_TRUE(on.becomes_available(false));
    ASSERT_TRUE(
        test::eventually([&] { return redis.primary_port() == redis.second().port(); }, 20s, 5ms));
    const auto failed_over = since.elapsed();
    ASSERT_TRUE(on.becomes_available(true, 20s));
    const auto recovered = since.elapsed();
    std::cout << "Sentinel failed over after " << failed_over.count()
              << " ms, the store worked after " << recovered.count() << " ms\n";
    EXPECT_LT(recovered - failed_over, 2s);
    EXPECT_EQ(on.take("k", by)->granted, 1);
    EXPECT_EQ(on.take("k", by)->granted, 1);
    EXPECT_EQ(on.take("k", by)->granted, 0); // what was granted before counts
}

TEST(redis_sentinel, leaves_a_primary_that_still_answers_when_another_is_named) {
    test::redis_server old_one, new_one;
    std::atomic<std::uint16_t> primary = old_one.port();
    scripted_redis sentinel([&](const auto&) { return primary_at(primary); });
    bench on;
    on.open(settings_for({sentinel.port()}));
    ASSERT_TRUE(on.becomes_available());
    ASSERT_TRUE(on.put("a", "1").ok());
    EXPECT_EQ(old_one.ask({"GET", "thalamus:a"}).text, "1");
    primary = new_one.port();
    ASSERT_TRUE(on.put("a", "2").ok());
    EXPECT_TRUE(test::eventually([&] {
        return on.put("a", "2").ok() && new_one.ask({"GET", "thalamus:a"}).text == "2";
    }));
    ASSERT_TRUE(on.put("a", "3").ok());
    EXPECT_EQ(new_one.ask({"GET", "thalamus:a"}).text, "3");
    EXPECT_EQ(old_one.ask({"GET", "thalamus:a"}).text, "2"); // before it was noticed
}

TEST(redis_sentinel, waits_for_the_address_of_a_name_that_takes_long_to_look_up) {
    test::redis_server server;
    const auto port = std::to_string(server.port());
    test::gate asked_again; // a Sentinel, while the look-up is under way
    test::system_names names([&](const std::string&) {
        asked_again.wait();
        return test::dns_records{.addresses = {"127.0.0.1"}};
    });
    std::atomic<int> asked = 0;
    scripted_redis sentinel([&](const auto&) {
        if (++asked == 3) asked_again.open();
        return "*2\r\n$10\r\nslow.test.\r\n$" + std::to_string(port.size()) + "\r\n" + port +
               "\r\n";
    });
    bench on;
    on.open(settings_for({sentinel.port()}));
    EXPECT_TRUE(on.becomes_available());
    EXPECT_LE(names.queries("slow.test"), 4) << "not two each time a Sentinel is asked";
    EXPECT_TRUE(on.put("a", "1").ok());
}

TEST(redis_sentinel, does_not_wait_for_a_name_when_another_primary_is_told) {
    test::redis_server server;
    test::system_names mute([](const std::string&) { return std::nullopt; });
    std::atomic<int> asked = 0;
    scripted_redis sentinel([&](const auto&) {
        return ++asked == 1 ? std::string("*2\r\n$10\r\nhangs.test\r\n$4\r\n6379\r\n")
                            : primary_at(server.port());
    });
    bench on;
    on.open(settings_for({sentinel.port()}));
    EXPECT_TRUE(on.becomes_available(true, 3s));
}

TEST(redis_sentinel, asks_the_next_sentinel_when_one_is_gone_mute_or_knows_nothing) {
    test::redis_server server;
    test::refusing_port gone;
    scripted_redis mute([](const auto&) { return std::string(); });
    scripted_redis ignorant([](const auto&) { return std::string("*-1\r\n"); });
    scripted_redis odd([](const auto&) { return std::string("*2\r\n:1\r\n*0\r\n"); });
    scripted_redis knows([&](const auto&) { return primary_at(server.port()); });
    for (int i = 0; i < 5; ++i) { // they are asked from any on
        bench on;
        on.open(
            settings_for({gone.port(), mute.port(), ignorant.port(), odd.port(), knows.port()}));
        EXPECT_TRUE(on.becomes_available());
    }
}

TEST(redis_sentinel, does_not_use_a_replica_that_it_is_sent_to) {
    test::redis_server primary,
        replica({"--replicaof", "127.0.0.1 " + std::to_string(primary.port())});
    std::atomic<std::uint16_t> named = replica.port();
    scripted_redis sentinel([&](const auto&) { return primary_at(named); });
    bench on;
    on.open(settings_for({sentinel.port()}));
    EXPECT_FALSE(on.becomes_available(true, 300ms));
    named = primary.port();
    EXPECT_TRUE(on.becomes_available());
}

TEST(redis_sentinel, gives_the_password_to_sentinels_that_ask_for_one) {
    test::redis_server server({"--requirepass", "secret"});
    std::atomic<int> given = 0;
    scripted_redis sentinel([&](const auto& command) -> std::string {
        if (command[0] == "AUTH") {
            given = command[1] == "secret" ? 1 : -1;
            return "+OK\r\n";
        }
        return given == 1 ? primary_at(server.port()) : "-NOAUTH Authentication required.\r\n";
    });
    bench on;
    auto settings = settings_for({sentinel.port()});
    settings.redis->password = "secret";
    on.open(settings);
    EXPECT_TRUE(on.becomes_available());
}

} // namespace
} // namespace thalamus::store::redis_sentinel_test
