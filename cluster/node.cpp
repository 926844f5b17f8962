#include "cluster/node.hpp"

#include <caf/io/middleman.hpp>

namespace thalamus::cluster {

void node::prepare(caf::actor_system_config& config) { config.load<caf::io::middleman>(); }

node::node(net::reactor& first, std::string name, const config::cluster_settings& settings,
           node_status status) {
    cluster_actor::settings how;
    if (settings.tls) how.tls = make_tls_context(*settings.tls);
    how.name = std::move(name);
    how.cluster = settings;
    how.status = status;
    how.port = open_cluster_port(settings);
    how.view = view_;
    how.counters = counters_;
    address_ = how.port.address;
    // Until the actor starts, the view has only this node.
    auto alone = std::make_shared<view>();
    alone->self = how.name;
    alone->members.push_back(
        {how.name, net::to_text(address_), 0, member_state::alive, true, std::move(status)});
    alone->alive = 1;
    view_->set(std::move(alone));
    actor_ = net::spawn_on<cluster_actor>(first, first, std::move(how));
}

} // namespace thalamus::cluster
