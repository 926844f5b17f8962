// The broker of the links by itself, without a cluster actor.

#include "cluster/link_broker.hpp"
#include "cluster/listen.hpp"
#include "cluster/node.hpp"
#include "tests/support/socket.hpp"

#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>

#include <gtest/gtest.h>

namespace thalamus::cluster::link_broker_test {
namespace {

using namespace std::chrono_literals;
using thalamus::test::eventually;
using thalamus::test::socket;

struct runtime : net::runtime_config {
    runtime() : net::runtime_config(1) { node::prepare(*this); }
};

TEST(link_broker, nothing_keeps_it_once_it_has_ended) {
    runtime config;
    caf::actor_system system(config);
    caf::scoped_actor owner(system);
    const auto port = open_cluster_port({.bind = {"127.0.0.1", 0}});
    caf::actor_config on_middleman{&system.middleman().backend()};
    auto broker = system.spawn_class<link_broker, caf::no_spawn_options>(
        on_middleman, caf::actor(owner), port.descriptor, ssl_context{});
    const auto stranger = socket::connect(port.address.port());
    bool up = false;
    owner->receive([&](const link_up&) { up = true; }, caf::after(5s) >> [] {});
    ASSERT_TRUE(up);
    // The broker has now a message to itself under way: to look at the stranger.
    const caf::weak_actor_ptr ended = caf::actor_cast<caf::weak_actor_ptr>(broker);
    caf::anon_send(std::exchange(broker, {}), end_links{});
    EXPECT_TRUE(eventually([&] { return !ended.lock(); }));
}

} // namespace
} // namespace thalamus::cluster::link_broker_test
