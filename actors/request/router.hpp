#pragma once
// The first stage for every request of its reactor: normalizes the path, determines the client
// address, matches the route, and sends a local response or passes the exchange to the next stage.
// One per reactor; the supervisor replaces a router that ends.
//
// The stages of a route: the authenticator, if the route has `auth` or `require`; the rate limiter,
// if it has limits; then dispatch() (actors/request/dispatch.hpp).

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

/// The router's decision about one exchange. Returns the next actor, or null if a response was
/// sent.
const caf::actor* route_exchange(reactor_context& context, exchange& ex);

} // namespace thalamus::actors
