#pragma once
// Decides for the whole node where permits come from (policies/limits/limit_mode.hpp). Sends the
// mode to every rate limiter of this node, publishes the state of its store to the other nodes, and
// executes the ledger calls of nodes that have lost the store. One per process, on the first
// reactor.

#include "actors/context.hpp"
#include "actors/limits/limit_messages.hpp"
#include "base/lifetime_token.hpp"
#include "cluster/node.hpp"
#include "net/actor_runtime.hpp"

#include <optional>
#include <vector>

namespace thalamus::actors {

class limit_mode_coordinator final : public net::pinned_actor {
public:
    limit_mode_coordinator(caf::actor_config& config, reactor_context& context);
    caf::behavior make_behavior() override;
    const char* name() const override { return "limit-mode-coordinator"; }
    void on_exit() override;

private:
    void update();
    bool has_store() const;
    limits::limit_mode::knowledge what_is_known();
    std::chrono::milliseconds introduction() const;
    void look_again(const limits::limit_mode::knowledge& known);
    void join_cluster();
    void announce_mode();
    void note_ready();
    void tell_cluster();
    void reconciled(const limiter_reconciled& limiter);

    reactor_context& context_;
    limits::limit_mode limit_mode_;
    std::optional<net::timer> timer_;
    std::uint64_t number_ = 0;                                   // of the current decision
    std::vector<bool> has_store_, reconciled_, limiter_started_; // by reactor
    bool decided_ = false;          // the store was reached, or counts as lost
    net::time_point decide_from_{}; // until then an unreached store does not count as lost
    net::time_point alone_until_{}; // until then another node may still appear
    net::time_point met_ = net::time_point::max(); // when another node was first seen
    std::pair<cluster::store_state, bool> told_{cluster::store_state::memory, false};
    base::lifetime_token lifetime_; // calls from peers may arrive late
};

} // namespace thalamus::actors
