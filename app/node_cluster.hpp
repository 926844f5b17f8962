#pragma once
// The gateway's part in the cluster: joins if the configuration has `cluster`, and publishes this
// node's request rate once a second. Outlives the actors, which use cluster::node until they end.

#include "actors/context.hpp"
#include "cluster/node.hpp"

#include <optional>

namespace thalamus::app {

class node_cluster {
public:
    /// @throws std::runtime_error that names the invalid address or certificate
    node_cluster(net::reactor& first, actors::node_context& node, const std::string& version);

    /// Tells the other nodes that this node leaves. Must not be called on a reactor.
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
