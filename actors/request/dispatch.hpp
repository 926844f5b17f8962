#pragma once
// The last decision of a route's itinerary, after authentication and limits: answer from the
// configuration, or choose the service and rewrite the request for it.

#include "actors/request/exchange.hpp"

namespace thalamus::actors {

/// The actor that is next, or null if the exchange was answered.
const caf::actor* dispatch(exchange& ex);
/// The same for one who may pass: to the limits of the route, if it has any.
const caf::actor* after_authentication(exchange& ex);

} // namespace thalamus::actors
