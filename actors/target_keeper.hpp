#pragma once
// Keeps every service's targets current: looks names up, again every 30 s while running, and probes
// the targets of services that have `health`. One per process, on the first reactor; the only one
// that probes, so that targets see one prober whatever the number of reactors.

#include "actors/context.hpp"
#include "actors/service_targets.hpp"
#include "net/actor_runtime.hpp"

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

    reactor_context& context_;
    std::vector<caf::actor> supervisors_;
    std::vector<std::unique_ptr<kept_service>> services_;
};

} // namespace thalamus::actors
