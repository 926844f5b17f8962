#pragma once
// Decides about every request of its reactor: makes its path canonical, finds out who the client is,
// matches the route, and answers what the gateway answers itself or passes the baton to the next
// stage. One per reactor; made anew by the supervisor if it ends.
//
// A route's itinerary: the authenticator, if it has `auth` or `require`; the rate limiter, if it has
// limits; then dispatch() (actors/request/dispatch.hpp).

#include "actors/context.hpp"
#include "actors/request/exchange.hpp"
#include "net/actor_runtime.hpp"

namespace thalamus::actors {

class router_actor final : public net::pinned_actor {
public:
    router_actor(caf::actor_config& config, reactor_context& context)
        : net::pinned_actor(config),
          context_(context) {}
    caf::behavior make_behavior() override;
    const char* name() const override { return "router"; }

private:
    reactor_context& context_;
};

/// The router's decision about one exchange; null if it was answered, else the actor that is next.
const caf::actor* route_exchange(reactor_context& context, exchange& ex);

} // namespace thalamus::actors
