// A Redis Cluster: each key at its own server, also when slots move and servers die.
#include "store/redis/redis_scripts.hpp"
#include "store/redis/redis_slots.hpp"
#include "tests/store/bench.hpp"
#include "tests/store/redis/scripted_redis.hpp"
#include "tests/support/redis_server.hpp"

namespace thalamus::store::redis_cluster_test {
namespace {

using config::limit_algorithm;

config::store_settings settings_for(const std::vector<std::uint16_t>& nodes) {
    config::store_settings settings;
    settings.timeout = 50ms;
    settings.redis.emplace();
    settings.redis->type = config::redis_settings::topology::cluster;
    for (const auto port : nodes) settings.redis->addresses.push_back({"127.0.0.1", port});
    return settings;
}

class redis_cluster_store : public ::testing::Test {
protected:
    void SetUp() override {
        on.open(settings_for({redis.server(0).port()})); // one knows of all
        ASSERT_TRUE(test::eventually([&] {
            return on.put(key_at(0), "x").ok() && on.put(key_at(1), "x").ok() &&
                   on.put(key_at(2), "x").ok();
        }));
    }
    /// The n-th key that belongs to the server.
    std::string key_at(std::size_t server, int n = 0) {
        for (int i = 0;; ++i) {
            auto key = "k" + std::to_string(i);
            if (redis.owner_of(slot_of("thalamus:" + key)) == server && n-- == 0) return key;
        }
    }

    test::redis_cluster_servers redis;
    bench on;
};

TEST(redis_slots, are_those_of_the_specification) {
    EXPECT_EQ(slot_of("123456789"), 0x31C3u); // its example of CRC16
    EXPECT_EQ(slot_of("{user1000}.following"), slot_of("{user1000}.followers"));
    EXPECT_EQ(slot_of("{user1000}.following"), slot_of("user1000"));
    EXPECT_EQ(slot_of("foo{bar}{zap}"), slot_of("bar"));
    EXPECT_EQ(slot_of("foo{{bar}}zap"), slot_of("{bar"));
    EXPECT_NE(slot_of("foo{}{bar}"), slot_of("bar")); // an empty tag is none
    EXPECT_EQ(slot_of(""), 0u);
}

TEST_F(redis_cluster_store, agrees_with_redis_about_slots) {
    using namespace std::string_literals;
    test::redis_client client(redis.server(0).port());
    for (const auto& key : {"a"s, "thalamus:limit:t:{r:1.2.3.4}"s, "{}x"s, "x{y"s, "}{z}"s,
                            "a{b}c{d}"s, "\0{\0}"s, "\xff\xfe"s, "{a{b}c}"s})
        EXPECT_EQ(std::to_string(slot_of(key)), client.ask({"CLUSTER", "KEYSLOT", key}).text);
}

TEST_F(redis_cluster_store, finds_every_key_where_it_belongs) {
    const auto by = rule_of(limit_algorithm::token_bucket, 2, 24h);
    for (int i = 0; i < 60; ++i) {
        const auto key = "v" + std::to_string(i);
        ASSERT_TRUE(on.put(key, key).ok());
        EXPECT_EQ(*on.get(key), key);
        EXPECT_EQ(on.take(key, by)->granted, 1);
        EXPECT_EQ(on.take(key, by)->remaining, 0);
    }
    EXPECT_EQ(on.counts.redirected.get(), 0u);
    for (std::size_t i = 0; i < redis.size(); ++i)
        EXPECT_GT(std::stoi(redis.server(i).ask({"DBSIZE"}).text), 10);
}

TEST_F(redis_cluster_store, follows_a_slot_that_has_moved) {
    const auto key = key_at(0);
    ASSERT_TRUE(on.put(key, "1").ok());
    redis.migrate(slot_of("thalamus:" + key), 0, 2);
    EXPECT_EQ(*on.get(key), "1"); // MOVED
    EXPECT_EQ(on.counts.redirected.get(), 1u);
    EXPECT_EQ(*on.get(key), "1");
    EXPECT_EQ(on.counts.redirected.get(), 1u); // it knows now
    EXPECT_EQ(on.counts.refused.get(), 0u);
}

TEST_F(redis_cluster_store, follows_a_key_whose_slot_is_on_its_way) {
    const auto key = key_at(0);
    const auto slot = std::to_string(slot_of("thalamus:" + key));
    ASSERT_TRUE(on.erase(key).ok());
    redis.server(1).ask({"CLUSTER", "SETSLOT", slot, "IMPORTING", redis.id(0)});
    redis.server(0).ask({"CLUSTER", "SETSLOT", slot, "MIGRATING", redis.id(1)});
    ASSERT_TRUE(on.put(key, "1").ok()); // ASK: there is no such key at the old place
    EXPECT_EQ(*on.get(key), "1");
    EXPECT_EQ(on.counts.redirected.get(), 2u); // it asks the old place each time
    EXPECT_EQ(redis.server(1).ask({"CLUSTER", "COUNTKEYSINSLOT", slot}).text, "1");
}

TEST_F(redis_cluster_store, sends_a_script_whole_where_a_slot_is_on_its_way) {
    const auto by = rule_of(limit_algorithm::token_bucket, 2, 24h);
    const auto key = key_at(0);
    const auto slot = std::to_string(slot_of(ledger_key("thalamus:", by, key)));
    const auto owner = redis.owner_of(slot_of(ledger_key("thalamus:", by, key)));
    const auto next = (owner + 1) % redis.size();
    redis.server(next).ask({"CLUSTER", "SETSLOT", slot, "IMPORTING", redis.id(owner)});
    redis.server(owner).ask({"CLUSTER", "SETSLOT", slot, "MIGRATING", redis.id(next)});
    redis.server(next).ask({"SCRIPT", "FLUSH"});
    EXPECT_EQ(on.take(key, by)->granted, 1); // ASK, then NOSCRIPT, then ASKING anew
    EXPECT_EQ(on.take(key, by)->granted, 1);
    EXPECT_EQ(on.take(key, by)->granted, 0);
    EXPECT_EQ(redis.server(next).ask({"CLUSTER", "COUNTKEYSINSLOT", slot}).text, "1");
}

TEST_F(redis_cluster_store, keeps_a_set_at_one_server_and_scans_it_anew_where_it_has_moved) {
    constexpr int many = 1000;
    for (int i = 0; i < many; ++i) ASSERT_TRUE(on.add("s", std::to_string(i)).ok());
    const auto slot = slot_of("thalamus:set:s");
    const auto owner = redis.owner_of(slot);
    EXPECT_EQ(redis.server(owner).ask({"ZCARD", "thalamus:set:s"}).text, std::to_string(many));
    const auto first = on.scan("s");
    ASSERT_TRUE(first.ok());
    ASSERT_FALSE(first->next.empty());
    redis.migrate(slot, owner, (owner + 1) % redis.size());
    EXPECT_EQ(on.members("s", first->next).size(), static_cast<std::size_t>(many));
    EXPECT_EQ(on.counts.redirected.get(), 1u);
    EXPECT_TRUE(on.remove("s", "0").ok());
    for (int i = 0; i < 60; ++i) {
        const auto set = "s" + std::to_string(i);
        ASSERT_TRUE(on.add(set, "x", std::chrono::system_clock::now() + 1h).ok());
        EXPECT_EQ(on.members(set).size(), 1u);
        EXPECT_TRUE(on.remove(set, "x").ok());
    }
}

TEST_F(redis_cluster_store, a_dead_server_costs_its_own_keys_only) {
    redis.server(1).kill();
    ASSERT_TRUE(
        test::eventually([&] { return on.get(key_at(1)).failed() == failure::unavailable; }));
    EXPECT_TRUE(on.available());
    const test::stopwatch since;
    int calls = 0;
    for (; since.elapsed() < 2s; ++calls) { // while the others notice, and after that
        ASSERT_TRUE(on.get(key_at(0)).ok()) << calls;
        ASSERT_TRUE(on.get(key_at(2)).ok()) << calls;
        ASSERT_FALSE(on.get(key_at(1)).ok()) << calls;
    }
    redis.server(1).start();
    // It comes back without what it knew: nodes.conf is kept, its keys are not.
    EXPECT_TRUE(test::eventually([&] { return on.get(key_at(1)).ok(); }, 10s));
}

TEST_F(redis_cluster_store, is_found_by_any_server_that_is_left) {
    redis.server(0).kill();
    bench other;
    other.open(settings_for(redis.ports()));
    EXPECT_TRUE(other.becomes_available());
    EXPECT_TRUE(test::eventually([&] { return other.get(key_at(2)).ok(); }));
}

TEST(redis_cluster_map, nonsense_instead_of_slots_is_refused_until_there_are_some) {
    std::atomic<int> attempts = 0;
    scripted_redis* self = nullptr;
    scripted_redis server([&](const auto& command) -> std::string {
        if (command[0] != "CLUSTER") return scripted_redis::greet(command);
        const std::vector<std::string> all{":1\r\n",
                                           "*0\r\n",
                                           "*1\r\n:1\r\n",
                                           "*1\r\n*2\r\n:0\r\n:16383\r\n",
                                           "*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$0\r\n\r\n:1\r\n",
                                           "*1\r\n*3\r\n:5\r\n:4\r\n*2\r\n$0\r\n\r\n:1\r\n",
                                           "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$0\r\n\r\n:0\r\n",
                                           "*1\r\n*3\r\n:0\r\n:16383\r\n*0\r\n",
                                           "-ERR This instance has cluster support disabled\r\n"};
        const auto i = static_cast<std::size_t>(attempts++);
        if (i < all.size()) return all[i];
        return "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$0\r\n\r\n:" + std::to_string(self->port()) +
               "\r\n";
    });
    self = &server;
    bench on;
    on.open(settings_for({server.port()}));
    EXPECT_TRUE(on.becomes_available(true, 10s));
    EXPECT_GE(attempts, 10);
}

TEST(redis_cluster_map, a_server_is_probed_with_a_key_of_its_own) {
    scripted_redis* servers[2] = {};
    std::atomic<int> probes[2] = {}, foreign = 0;
    const auto script = [&](std::size_t me) {
        return [&, me](const auto& command) -> std::string {
            if (command[0] == "EVAL") {
                ++probes[me];
                foreign += (slot_of(command[3]) >= slot_count / 2) != (me == 1);
                return scripted_redis::greet(command);
            }
            if (command[0] != "CLUSTER") return scripted_redis::greet(command);
            const auto port = [&](int i) { return std::to_string(servers[i]->port()); };
            return "*2\r\n*3\r\n:0\r\n:8191\r\n*2\r\n$9\r\n127.0.0.1\r\n:" + port(0) +
                   "\r\n*3\r\n:8192\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:" + port(1) + "\r\n";
        };
    };
    scripted_redis one(script(0)), two(script(1));
    servers[0] = &one, servers[1] = &two;
    bench on;
    on.open(settings_for({one.port()}));
    EXPECT_TRUE(test::eventually([&] { return probes[0] > 0 && probes[1] > 0; }));
    EXPECT_EQ(foreign, 0);
}

TEST(redis_cluster_map, a_redirection_in_circles_ends) {
    scripted_redis* self = nullptr;
    scripted_redis server([&](const auto& command) -> std::string {
        const auto port = std::to_string(self->port());
        if (command[0] == "CLUSTER")
            return "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:" + port + "\r\n";
        if (command[0] == "GET") return "-MOVED 1 :" + port + "\r\n"; // "where you asked"
        if (command[0] == "DEL") return "-ASK 1 127.0.0.1:" + port + "\r\n";
        if (command[0] == "SET") return "-TRYAGAIN Multiple keys request during rehashing\r\n";
        return scripted_redis::greet(command);
    });
    self = &server;
    bench on;
    on.open(settings_for({server.port()}));
    ASSERT_TRUE(on.becomes_available());
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(on.get("a").failed(), failure::refused);
        EXPECT_EQ(on.erase("a").failed(), failure::refused);
        EXPECT_EQ(on.put("a", "1").failed(), failure::refused);
    }
    EXPECT_TRUE(on.available());
}

} // namespace
} // namespace thalamus::store::redis_cluster_test
