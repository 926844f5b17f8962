#pragma once
// Keeps every service's targets current: looks names up, again as their TTLs pass, and probes
// the targets of services that have `health`. One per process, on the first reactor.
//
// In a cluster each target has one prober (base/rendezvous.hpp), which tells the others what it finds.
// "Healthy" is believed: a node that cannot reach the target ejects it by its own failures. "Unhealthy"
// is looked at: this node probes itself, the less often the more nodes there are, until the prober finds
// the target healthy again; without an answer within half a second the prober is right. So no node's view
// takes a target from another that reaches it. What a node ejects it tells too: then a single failure is enough elsewhere.

#include "actors/context.hpp"
#include "actors/upstream/health_report.hpp"
#include "actors/upstream/service_targets.hpp"
#include "net/actor_runtime.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace thalamus::actors {

class target_keeper_actor final : public net::pinned_actor {
public:
    /// `supervisors` are told when a service's targets have changed.
    target_keeper_actor(caf::actor_config& config, reactor_context& context,
                        std::vector<caf::actor> supervisors);
    ~target_keeper_actor() override;
    caf::behavior make_behavior() override;
    const char* name() const override { return "target-keeper"; }
    void on_exit() override;

private:
    class kept_service;
    void announce(std::size_t service);
    void join_cluster();
    /// Who probes what may have changed.
    void divide_probes();
    void reported(const std::string& by, const health_report& what);
    /// The name of the node that probes it: this one without a cluster.
    std::string_view prober_of(const std::string& service, const std::string& target) const;
    const std::string& own_name() const { return context_.node.plan.snapshot().node.name; }
    /// Nodes that may look at a target beside its prober; at least 1.
    int others() const { return std::max<int>(1, static_cast<int>(nodes_.size()) - 1); }

    reactor_context& context_;
    std::vector<caf::actor> supervisors_;
    std::vector<std::unique_ptr<kept_service>> services_;
    std::vector<std::string> nodes_; // alive, this one among them; empty without a cluster
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true); // reports may come late
};

} // namespace thalamus::actors
