#pragma once
// The cluster as the rest of a node uses it. Made at the start if there is a `cluster:` section; when
// it goes, the node leaves. Any thread may call, unless it says otherwise; handlers are called on the
// first reactor.

#include "cluster/cluster_actor.hpp"

namespace thalamus::cluster {

class node {
public:
    /// Opens the cluster's port and begins to look for the seeds. Its system must have been configured
    /// by prepare(), `first` be the first reactor.
    /// @throws std::runtime_error that names the address or file at fault and the remedy
    node(net::reactor& first, std::string name, const config::cluster_settings& settings,
         node_status status);
    /// leave(); the object may go as soon as nobody calls it.
    ~node() { leave(); }
    node(const node&) = delete;
    node& operator=(const node&) = delete;

    /// Loads what a cluster needs into a system's configuration; without it no such thread is started.
    static void prepare(caf::actor_system_config& config);

    /// Tells the peers that this node goes and ends the links, within a second; the actor system waits for
    /// that. From then on calls have no effect: what is asked is not answered.
    void leave() { caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown); }

    /// The actor, for whoever watches that it lives.
    const caf::actor& actor() const { return actor_; }
    const net::tcp_endpoint& address() const { return address_; }
    const link_counters& counters() const { return *counters_; }

    view_ptr current() const { return view_->current(); }
    /// `who` gets view_changed now and after each change.
    void subscribe(const caf::actor& who) { caf::anon_send(actor_, subscribe_view{who}); }

    /// Changes what this node says of itself; told at once unless only the request rate differs. `how`
    /// runs on the first reactor.
    void set_status(std::function<void(node_status&)> how) {
        caf::anon_send(actor_, change_status{std::move(how)});
    }

    /// To every other node, see cluster/broadcast.hpp. What is longer than longest_payload is dropped.
    template <class T>
    void publish(topic<T> on, const T& what) {
        caf::anon_send(actor_, publish_entry{on.number, to_payload(what)});
    }
    /// What others publish. `reset` and `snapshot` may be empty. One subscriber per topic.
    template <class T>
    void subscribe(topic<T> to, std::function<void(const std::string& origin, const T&)> deliver,
                   decltype(topic_handlers::reset) reset = {},
                   decltype(topic_handlers::snapshot) snapshot = {}) {
        caf::anon_send(
            actor_,
            subscribe_topic{to.number,
                            {[deliver = std::move(deliver)](const auto& origin, auto payload) {
                                 if (auto what = from_payload(payload, std::type_identity<T>{}))
                                     deliver(origin, *what);
                             },
                             std::move(reset), std::move(snapshot)}});
    }

    /// Asks one peer; `then` is called once, with nothing if there is no answer within `timeout`.
    /// Kinds are numbers that, like those of topics, are never given to another question.
    void ask(std::string peer, std::uint32_t kind, std::string payload,
             std::chrono::milliseconds timeout, answer_handler then) {
        caf::anon_send(actor_, ask_peer{std::move(peer), kind, std::move(payload),
                                        net::clock::now() + timeout, std::move(then)});
    }
    /// Answers such questions of peers.
    void answer(std::uint32_t kind, question_handler how) {
        caf::anon_send(actor_, answer_kind{kind, std::move(how)});
    }

private:
    std::shared_ptr<node_view> view_ = std::make_shared<node_view>();
    std::shared_ptr<link_counters> counters_ = std::make_shared<link_counters>();
    net::tcp_endpoint address_;
    caf::actor actor_;
};

} // namespace thalamus::cluster
