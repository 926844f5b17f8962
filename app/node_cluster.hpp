#pragma once
// The cluster as the gateway holds it: joins where the configuration has one, and says once a second how
// busy this node is. Outlives the actors, which use the node to their end.

#include "actors/context.hpp"
#include "cluster/node.hpp"

#include <optional>

namespace thalamus::app {

class node_cluster {
public:
    /// @throws std::runtime_error that names what is wrong with address or certificates
    node_cluster(net::reactor& first, actors::node_context& node, const std::string& version);

    /// The others hear that this node goes. Not on a reactor.
    void leave();
    /// Null without a cluster.
    cluster::node* node() { return node_ ? &*node_ : nullptr; }

private:
    void tick();
    void observe(observe::metrics& with) const;

    net::reactor& first_;
    actors::node_context& context_;
    std::optional<cluster::node> node_;
    std::optional<net::timer> timer_; // on the first reactor
    std::uint64_t requests_ = 0;      // at the last tick
};

} // namespace thalamus::app
