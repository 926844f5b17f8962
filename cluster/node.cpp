#include "cluster/node.hpp"

#include <caf/io/middleman.hpp>

namespace thalamus::cluster {

void node::prepare(caf::actor_system_config& config) { config.load<caf::io::middleman>(); }

node::node(net::reactor& first, std::string name, const config::cluster_settings& settings,
           node_status status) {
    cluster_actor::settings actor_settings;
    if (settings.tls) actor_settings.tls = make_tls_context(*settings.tls);
    actor_settings.name = std::move(name);
    actor_settings.cluster = settings;
    actor_settings.status = status;
    actor_settings.port = open_cluster_port(settings);
    actor_settings.view = view_;
    actor_settings.counters = counters_;
    address_ = actor_settings.port.address;
    // Until the actor starts, the view has only this node.
    auto alone = std::make_shared<view>();
    alone->self = actor_settings.name;
    alone->members.push_back({actor_settings.name, net::to_text(address_), 0, member_state::alive,
                              true, std::move(status)});
    alone->alive = 1;
    view_->set(std::move(alone));
    actor_ = net::spawn_on<cluster_actor>(first, first, std::move(actor_settings));
}

} // namespace thalamus::cluster
