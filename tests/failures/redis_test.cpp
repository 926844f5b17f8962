// Redis dies, stands still, is full, or is not there.

#include "tests/failures/scenario.hpp"

namespace thalamus::test::redis_test {
namespace {

class redis_failure : public scenario {
protected:
    redis_hosts& redis() { return cluster().redis(); }
};

TEST_F(redis_failure, primary_killed) {
    begin();
    fails();
    redis().kill_server(0);
    ASSERT_TRUE(eventually([&] { return redis().primary() == redis_hosts::hosts[1]; }, 15s, 50ms));
    heals();
    hold(3s);
    redis().start_server(0);
    expect_all_alive();
    finish({.store_shakes = true});
}

TEST_F(redis_failure, all_of_redis_stopped_for_20_s) {
    begin();
    fails();
    redis().stop();
    hold(20s);
    redis().start();
    heals();
    expect_all_alive();
    finish({.store_lost = true, .store_shakes = true});
}

TEST_F(redis_failure, primary_frozen_for_10_s) {
    begin();
    fails();
    redis().server(0).signal(SIGSTOP);
    hold(10s);
    redis().server(0).signal(SIGCONT);
    heals();
    expect_all_alive();
    finish({.store_shakes = true});
}

TEST_F(redis_failure, memory_full) {
    begin();
    fails();
    redis().ask(0, {"CONFIG", "SET", "maxmemory", "1"});
    hold(8s);
    redis().ask(0, {"CONFIG", "SET", "maxmemory", "0"});
    heals();
    expect_all_alive();
    finish({.store_lost = true, .store_shakes = true});
}

TEST_F(redis_failure, node_started_while_redis_is_down) {
    begin();
    fails();
    cluster().node(0).kill();
    redis().stop();
    cluster().node(0).start();
    cluster().node(0).wait_ready();
    hold(8s);
    redis().start();
    heals();
    expect_all_alive();
    finish({.survivors = {1, 2}, .store_lost = true, .store_shakes = true});
}

} // namespace
} // namespace thalamus::test::redis_test
