#pragma once
// Decides for the whole node where permits come from (limits/standing.hpp) and tells every rate limiter.
// One per process, on the first reactor.

#include "actors/context.hpp"
#include "actors/limit_messages.hpp"
#include "net/actor_runtime.hpp"

#include <optional>
#include <vector>

namespace thalamus::actors {

class limit_keeper_actor final : public net::pinned_actor {
public:
    limit_keeper_actor(caf::actor_config& config, reactor_context& context);
    caf::behavior make_behavior() override;
    const char* name() const override { return "limit-keeper"; }
    void on_exit() override { timer_.reset(); }

private:
    void update();
    void tell_all();
    void settled(const limiter_settled& what);

    reactor_context& context_;
    limits::standing standing_{std::chrono::milliseconds(0)};
    std::optional<net::timer> timer_;
    std::uint64_t number_ = 0;              // of the decision in force
    std::vector<bool> has_store_, settled_; // by reactor
    net::time_point decide_from_{};         // a store that was not reached yet may not be lost
};

} // namespace thalamus::actors
