#pragma once
// The calls of the admin port about who may pass: /revocations and /consumers/NAME/keys. Part of the
// admin actor.

#include "actors/request/exchange.hpp"

#include <string_view>

namespace thalamus::actors {

/// False if `path` is of no such call; else it is answered, at once or when the store has answered.
bool call_access(const baton& exchange, std::string_view method, std::string_view path,
                 std::string_view body);

} // namespace thalamus::actors
