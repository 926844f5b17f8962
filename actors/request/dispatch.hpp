#pragma once
// The last decision for an exchange, after authentication and rate limits: send a local response
// from the configuration, or choose the service and rewrite the request for it.

#include "actors/request/exchange.hpp"

namespace thalamus::actors {

/// Returns the next actor, or null if a response was sent.
const caf::actor* dispatch(exchange& ex);
/// The same after authentication: the rate limiter is next if the route has rate limits.
const caf::actor* after_authentication(exchange& ex);

} // namespace thalamus::actors
