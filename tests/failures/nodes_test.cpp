// A node that dies, stands still, or is restarted.

#include "tests/failures/scenario.hpp"

namespace thalamus::test::nodes_test {
namespace {

class node_failure : public scenario {};

TEST_F(node_failure, node_killed_and_started_again) {
    begin();
    fails();
    cluster().node(0).kill();
    expect_suspect_and_dead(0, {1, 2});
    cluster().node(0).start();
    cluster().node(0).wait_ready();
    heals();
    expect_all_alive();
    finish({.survivors = {1, 2}});
}

TEST_F(node_failure, node_frozen_for_10_s) {
    begin();
    fails();
    cluster().node(0).freeze();
    for (std::size_t observer : {1, 2})
        watch().wait(
            observer, [](const cluster_view& view) { return !view.at("node-1").answered; },
            failed_at(), test_cluster::suspect_after + 2s, "that node-1 does not answer");
    expect_suspect_and_dead(0, {1, 2});
    hold(milliseconds(10'000 - (now() - failed_at()) / 1000));
    cluster().node(0).thaw();
    heals();
    expect_all_alive();
    finish({.survivors = {1, 2}});
}

TEST_F(node_failure, rolling_restart) {
    begin();
    fails();
    for (std::size_t i = 0; i < test_cluster::size; ++i) {
        EXPECT_EQ(cluster().node(i).stop(), 0);
        cluster().node(i).start();
        cluster().node(i).wait_ready();
        // The next one goes only when this one is seen again by all.
        for (std::size_t observer = 0; observer < test_cluster::size; ++observer)
            seen(i, "alive", {observer}, now(), 5s);
    }
    heals();
    expect_all_alive();
    finish({.restart = true});
}

} // namespace
} // namespace thalamus::test::nodes_test
