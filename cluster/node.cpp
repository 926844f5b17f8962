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

void node::leave() { caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown); }

void node::subscribe(const caf::actor& who) { caf::anon_send(actor_, subscribe_view{who}); }

void node::set_status(std::function<void(node_status&)> how) {
    caf::anon_send(actor_, change_status{std::move(how)});
}

void node::publish(std::uint32_t topic, std::string payload) {
    caf::anon_send(actor_, publish_entry{topic, std::move(payload)});
}

void node::subscribe(std::uint32_t topic, topic_handlers how) {
    caf::anon_send(actor_, subscribe_topic{topic, std::move(how)});
}

void node::ask(std::string peer, std::uint32_t kind, std::string payload,
               std::chrono::milliseconds timeout, response_handler then) {
    caf::anon_send(actor_, ask_peer{std::move(peer), kind, std::move(payload),
                                    net::clock::now() + timeout, std::move(then)});
}

void node::serve(std::uint32_t kind, call_handler how) {
    caf::anon_send(actor_, answer_kind{kind, std::move(how)});
}

} // namespace thalamus::cluster
