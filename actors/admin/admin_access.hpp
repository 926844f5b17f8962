#pragma once
// The admin endpoints for credentials: /revocations and /consumers/NAME/keys. Part of the admin
// actor.

#include "actors/request/exchange.hpp"

#include <string_view>

namespace thalamus::actors {

/// Returns false if `path` is not one of these endpoints. Otherwise it responds, at once or when
/// the store has replied.
bool call_access(const exchange_ptr& exchange, std::string_view method, std::string_view path,
                 std::string_view body);

} // namespace thalamus::actors
