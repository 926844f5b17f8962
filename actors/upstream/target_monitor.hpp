#pragma once
// Keeps every service's targets current: looks names up, again as their TTLs pass, and probes
// the targets of services that have `health`. One per process, on the first reactor.
//
// In a cluster each target has one prober (base/rendezvous.hpp), which publishes its results. The
// others accept "healthy": a node that cannot reach the target ejects it for its own failures. They
// verify "unhealthy": each probes the target too, less often the more nodes there are, until the
// prober finds it healthy again. If a node's own probe has no result within half a second, the
// prober's result applies. So no node can take a target away from a node that reaches it. Nodes
// publish ejections too: then a single failure is enough to eject the target elsewhere.

#include "actors/context.hpp"
#include "actors/upstream/health_report.hpp"
#include "actors/upstream/service_targets.hpp"
#include "base/lifetime_token.hpp"
#include "net/actor_runtime.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace thalamus::actors {

class target_monitor final : public net::pinned_actor {
public:
    /// `supervisors` are notified when the targets of a service have changed.
    target_monitor(caf::actor_config& config, reactor_context& context,
                   std::vector<caf::actor> supervisors);
    ~target_monitor() override;
    caf::behavior make_behavior() override;
    const char* name() const override { return "target-monitor"; }
    void on_exit() override;

private:
    class kept_service;
    void announce(std::size_t service);
    void join_cluster();
    /// Reassigns the probes: the set of alive nodes may have changed.
    void divide_probes();
    void reported(const std::string& by, const health_report& what);
    /// The name of the node that probes the target; this node without a cluster.
    std::string_view prober_of(const std::string& service, const std::string& target) const;
    const std::string& own_name() const { return context_.node.plan.snapshot().node.name; }
    /// The number of nodes that may probe a target besides its prober; at least 1.
    int others() const { return std::max<int>(1, static_cast<int>(nodes_.size()) - 1); }

    reactor_context& context_;
    std::vector<caf::actor> supervisors_;
    std::vector<std::unique_ptr<kept_service>> services_;
    std::vector<std::string> nodes_; // alive, including this node; empty without a cluster
    base::lifetime_token lifetime_;  // reports may arrive late
};

} // namespace thalamus::actors
