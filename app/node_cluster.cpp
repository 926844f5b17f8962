#include "app/node_cluster.hpp"

#include "net/on_reactor.hpp"

#include <map>

namespace thalamus::app {

namespace {
constexpr std::chrono::seconds between_ticks{1};
}

node_cluster::node_cluster(net::reactor& first, actors::node_context& node,
                           const std::string& version)
    : first_(first),
      context_(node) {
    const auto& snapshot = node.plan.snapshot();
    if (!snapshot.cluster) return;
    cluster::node_status status;
    status.version = version;
    status.configuration = snapshot.version;
    node_.emplace(first, snapshot.node.name, *snapshot.cluster, status);
    observe(node.metrics);
    net::on_reactor(first_, [this] {
        timer_.emplace(first_.timers(), base::bind<&node_cluster::tick>(this));
        timer_->arm(first_.now() + between_ticks);
    });
}

void node_cluster::leave() {
    if (!node_) return;
    net::on_reactor(first_, [this] { timer_.reset(); });
    node_->leave();
}

void node_cluster::tick() {
    timer_->arm(first_.now() + between_ticks);
    const auto requests = context_.metrics.requests();
    const auto rate = static_cast<std::uint32_t>(requests - requests_);
    requests_ = requests;
    node_->set_status([rate, draining = context_.draining.load()](cluster::node_status& status) {
        status.requests_per_second = rate;
        status.draining = draining;
    });
}

void node_cluster::observe(observe::metrics& with) const {
    const auto add = [&](const char* name, const char* help,
                         const std::atomic<std::uint64_t>& count) {
        with.add_counter_source(name, help, [&count] { return static_cast<double>(count.load()); });
    };
    with.add_gauge_source("thalamus_cluster_members",
                          "Known members of the cluster, this node included.", "state", [this] {
                              std::map<cluster::member_state, double> count{
                                  {cluster::member_state::alive, 0},
                                  {cluster::member_state::suspect, 0},
                                  {cluster::member_state::dead, 0}};
                              for (const auto& m : node_->current()->members) ++count[m.state];
                              observe::metrics::labelled_values all;
                              for (const auto& [state, n] : count)
                                  all.emplace_back(cluster::to_text(state), n);
                              return all;
                          });
    const auto& c = node_->counters();
    add("thalamus_cluster_heartbeats_sent_total", "Heartbeats sent to other nodes.",
        c.heartbeats_sent);
    add("thalamus_cluster_sent_bytes_total", "Bytes sent to other nodes.", c.bytes_sent);
    add("thalamus_cluster_received_bytes_total", "Bytes received from other nodes.",
        c.bytes_received);
    add("thalamus_cluster_links_lost_total", "Links to other nodes that broke.", c.links_lost);
    add("thalamus_cluster_links_refused_total",
        "Links rejected: no cluster certificate, no message in time, or a name in use.",
        c.links_refused);
    add("thalamus_cluster_calls_failed_total", "Failed attempts to connect to another node.",
        c.dials_failed);
    add("thalamus_cluster_malformed_total", "Malformed messages from other nodes.",
        c.messages_malformed);
    add("thalamus_cluster_calls_unanswered_total", "Calls to other nodes without a reply in time.",
        c.calls_unanswered);
}

} // namespace thalamus::app
