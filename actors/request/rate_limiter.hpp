#pragma once
// The stage that applies a route's rate limits: all of them must grant, then the exchange goes on. One
// per reactor; made anew by the supervisor if it ends (leases in hand are lost then, which lets nobody
// through). Deciding from leases in hand takes no message; what has to wait for the store waits here.

#include "actors/context.hpp"
#include "actors/limits/permit_source.hpp"
#include "actors/request/exchange.hpp"
#include "net/actor_runtime.hpp"
#include "policies/limits/admission.hpp"

#include <optional>
#include <string>
#include <vector>

namespace thalamus::actors {

class rate_limiter_actor final : public net::pinned_actor {
public:
    rate_limiter_actor(caf::actor_config& config, reactor_context& context);
    ~rate_limiter_actor() override;
    caf::behavior make_behavior() override;
    const char* name() const override { return "rate-limiter"; }
    void on_exit() override;

private:
    class pending;

    using verdict = limits::limiter::verdict;

    void admit(const baton& exchange);
    /// False if the exchange was answered: a part of a key is missing.
    bool collect_steps(exchange& ex);
    std::string_view policy_of(exchange& ex, std::span<const limits::limiter::step> way) const;
    void conclude(const baton& exchange, const verdict& how,
                  std::span<const limits::limiter::step> way);
    void sweep();
    void sweep_in_time();

    reactor_context& context_;
    limit_authority authority_;
    limits::limiter limiter_;
    std::string key_;                        // of the request at hand
    std::vector<limits::limiter::step> way_; // the same
    intrusive_list<pending> pending_;
    std::optional<net::timer> sweep_timer_;
    net::time_point sweep_at_ = net::time_point::max();
};

} // namespace thalamus::actors
