// A node whose packets to some hosts vanish. Its clients reach it all the time.

#include "tests/failures/scenario.hpp"

namespace thalamus::test::links_test {
namespace {

class cut_links : public scenario {
protected:
    static constexpr milliseconds lasts{9000};
};

TEST_F(cut_links, node_cut_off_from_its_peers) {
    begin();
    fails();
    cluster().cut_from_peers(0);
    expect_suspect_and_dead(0, {1, 2});
    expect_suspect_and_dead(1, {0});
    expect_suspect_and_dead(2, {0});
    cluster().heal_to_peers(0);
    heals();
    expect_all_alive();
    finish({});
}

TEST_F(cut_links, node_cut_off_from_redis) {
    begin();
    fails();
    cluster().cut_from_redis(0);
    hold(lasts);
    cluster().heal_to_redis(0);
    heals();
    expect_all_alive();
    finish({.store_shakes = true});
}

TEST_F(cut_links, node_cut_off_from_peers_and_redis) {
    begin();
    fails();
    cluster().cut_from_peers(0);
    cluster().cut_from_redis(0);
    expect_suspect_and_dead(0, {1, 2});
    cluster().heal_to_peers(0);
    cluster().heal_to_redis(0);
    heals();
    expect_all_alive();
    finish({.survivors = {1, 2}, .store_shakes = true, .isolated = 0});
}

} // namespace
} // namespace thalamus::test::links_test
