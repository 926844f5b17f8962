#pragma once
// The cluster as the rest of a node uses it. Created at the start if there is a `cluster:` section;
// when it is destroyed, the node leaves. Any thread may call it, unless stated otherwise; handlers
// are called on the first reactor.

#include "cluster/handlers.hpp"
#include "cluster/node_view.hpp"
#include "cluster/topics.hpp"
#include "config/snapshot.hpp"
#include "net/socket.hpp"

#include <caf/actor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace thalamus::net {
class reactor;
}

namespace thalamus::cluster {

class node {
public:
    /// Opens the cluster's port and starts to look up the seeds. Its actor system must have been
    /// configured by prepare(), and `first` must be the first reactor.
    /// @throws std::runtime_error that names the faulty address or file and the remedy
    node(net::reactor& first, std::string name, const config::cluster_settings& settings,
         node_status status);
    /// Calls leave(). The object may be destroyed once no thread calls it any more.
    ~node() { leave(); }
    node(const node&) = delete;
    node& operator=(const node&) = delete;

    /// Loads what a cluster needs into the configuration of an actor system; without it the thread
    /// for this is not started.
    static void prepare(caf::actor_system_config& config);

    /// Tells the peers that this node leaves and ends the links, within a second; the actor system
    /// waits for that. From then on this object has no effect, and calls to peers get no reply.
    void leave();

    /// The actor, for monitoring it.
    const caf::actor& actor() const { return actor_; }
    const net::tcp_endpoint& address() const { return address_; }
    const link_counters& counters() const { return *counters_; }

    view_ptr current() const { return view_->current(); }
    /// `subscriber` gets view_changed now and after each change.
    void subscribe(const caf::actor& subscriber);

    /// Changes this node's status; sent at once unless only the request rate differs. `change` runs
    /// on the first reactor.
    void set_status(std::function<void(node_status&)> change);

    /// Publishes to every other node, see cluster/broadcast.hpp. A payload longer than
    /// longest_payload is dropped.
    template <class T>
    void publish(topic<T> t, const T& value) {
        publish(t.number, to_payload(value));
    }
    /// Subscribes to what others publish. `reset` and `snapshot` may be empty. One subscriber per
    /// topic.
    template <class T>
    void subscribe(topic<T> t, std::function<void(const std::string& origin, const T&)> deliver,
                   decltype(topic_handlers::reset) reset = {},
                   decltype(topic_handlers::snapshot) snapshot = {}) {
        subscribe(t.number, {[deliver = std::move(deliver)](const auto& origin, auto payload) {
                                 if (auto value = from_payload(payload, std::type_identity<T>{}))
                                     deliver(origin, *value);
                             },
                             std::move(reset), std::move(snapshot)});
    }

    /// Calls a method of one peer. `on_reply` is called once, with nothing if there is no reply
    /// within `timeout`. Methods are numbers that, like those of topics, are never reused.
    void call(std::string peer, std::uint32_t method, std::string payload,
              std::chrono::milliseconds timeout, reply_handler on_reply);
    /// Serves calls of this method from peers.
    void serve(std::uint32_t method, call_handler handler);

private:
    void publish(std::uint32_t topic, std::string payload);
    void subscribe(std::uint32_t topic, topic_handlers handlers);

    std::shared_ptr<node_view> view_ = std::make_shared<node_view>();
    std::shared_ptr<link_counters> counters_ = std::make_shared<link_counters>();
    net::tcp_endpoint address_;
    caf::actor actor_;
};

} // namespace thalamus::cluster
