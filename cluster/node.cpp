#include "cluster/node.hpp"

#include "cluster/cluster_actor.hpp"
#include "cluster/node_messages.hpp"

#include <caf/io/middleman.hpp>
#include <caf/send.hpp>

#include <memory>
#include <utility>

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

void node::leave() { caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown); }

void node::subscribe(const caf::actor& subscriber) {
    caf::anon_send(actor_, subscribe_view{subscriber});
}

void node::set_status(std::function<void(node_status&)> change) {
    caf::anon_send(actor_, change_status{std::move(change)});
}

void node::publish(std::uint32_t topic, std::string payload) {
    caf::anon_send(actor_, publish_entry{topic, std::move(payload)});
}

void node::subscribe(std::uint32_t topic, topic_handlers handlers) {
    caf::anon_send(actor_, subscribe_topic{topic, std::move(handlers)});
}

void node::call(std::string peer, std::uint32_t method, std::string payload,
                std::chrono::milliseconds timeout, reply_handler on_reply) {
    caf::anon_send(actor_, call_peer{std::move(peer), method, std::move(payload),
                                     net::clock::now() + timeout, std::move(on_reply)});
}

void node::serve(std::uint32_t method, call_handler handler) {
    caf::anon_send(actor_, serve_method{method, std::move(handler)});
}

} // namespace thalamus::cluster
