#pragma once
// What the suites over every store have in common: memory, or a real Redis.

#include "tests/store/bench.hpp"
#include "tests/support/redis_server.hpp"

namespace thalamus::store {

class every_store : public ::testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        config::store_settings settings;
        settings.timeout = 10s; // of one that works: the machine may be busy
        if (GetParam() == std::string_view("redis")) {
            server = std::make_unique<test::redis_server>();
            settings.redis.emplace();
            settings.redis->addresses = {{"127.0.0.1", server->port()}};
        }
        on.open(settings);
        ASSERT_TRUE(on.becomes_available());
    }

    std::unique_ptr<test::redis_server> server;
    bench on;
};

} // namespace thalamus::store
