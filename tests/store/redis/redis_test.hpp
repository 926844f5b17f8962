#pragma once
// A store over a Redis server that a test has to itself.

#include "tests/store/bench.hpp"
#include "tests/store/redis/scripted_redis.hpp"
#include "tests/support/redis_server.hpp"

namespace thalamus::store {

using test::eventually;

class redis_test : public ::testing::Test {
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

    const limits::rule by = rule_of(config::limit_algorithm::token_bucket, 1'000'000, 1s);
    bench on;
};

} // namespace thalamus::store
