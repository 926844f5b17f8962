#pragma once
// The stage that applies a route's rate limits: the exchange goes on only if all of them grant. One
// per reactor; the supervisor replaces a rate limiter that ends (its leases are lost then, which is
// safe: fewer requests pass). Decisions from held leases need no message; requests that need the
// store wait here.

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

    void admit(const exchange_ptr& exchange);
    /// Returns false if a part of a key is missing and a response was sent.
    bool collect_steps(exchange& ex);
    std::string_view policy_of(exchange& ex, std::span<const limits::limiter::step> steps) const;
    void conclude(const exchange_ptr& exchange, const verdict& how,
                  std::span<const limits::limiter::step> steps);
    void sweep();
    void sweep_in_time();

    reactor_context& context_;
    permit_source permit_source_;
    limits::limiter limiter_;
    std::string key_;                          // of the current request
    std::vector<limits::limiter::step> steps_; // of the current request
    base::intrusive_list<pending> pending_;
    std::optional<net::timer> sweep_timer_;
    net::time_point sweep_at_ = net::time_point::max();
};

} // namespace thalamus::actors
