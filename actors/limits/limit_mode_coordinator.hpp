#pragma once
// Decides for the whole node where permits come from (policies/limits/standing.hpp), and tells every rate limiter
// of this node and, of its store, the other nodes; carries out what nodes ask that have lost theirs.
// One per process, on the first reactor.

#include "actors/context.hpp"
#include "actors/limits/limit_messages.hpp"
#include "cluster/node.hpp"
#include "net/actor_runtime.hpp"

#include <optional>
#include <vector>

namespace thalamus::actors {

class limit_keeper_actor final : public net::pinned_actor {
public:
    limit_keeper_actor(caf::actor_config& config, reactor_context& context);
    caf::behavior make_behavior() override;
    const char* name() const override { return "limit-keeper"; }
    void on_exit() override;

private:
    void update();
    bool has_store() const;
    limits::standing::knowledge what_is_known();
    std::chrono::milliseconds settling_in() const;
    void look_again(const limits::standing::knowledge& known);
    void join_cluster();
    void tell_all();
    void tell_cluster();
    void settled(const limiter_settled& what);

    reactor_context& context_;
    limits::standing standing_;
    std::optional<net::timer> timer_;
    std::uint64_t number_ = 0;              // of the decision in force
    std::vector<bool> has_store_, settled_; // by reactor
    net::time_point decide_from_{};         // a store that was not reached yet may not be lost
    net::time_point alone_until_{};         // another node may still turn up
    net::time_point met_ = net::time_point::max(); // another node, first
    std::pair<cluster::store_state, bool> told_{cluster::store_state::memory, false};
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true); // peers' questions may come late
};

} // namespace thalamus::actors
