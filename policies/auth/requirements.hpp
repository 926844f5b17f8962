#pragma once
// What a route requires of the client (`require`). Pure; any thread.

#include "config/auth_settings.hpp"
#include "http/client_address.hpp"
#include "policies/auth/principal.hpp"

#include <optional>

namespace thalamus::auth {

enum class unmet : unsigned char { ip, scope, group, claim };

/// Checked before authentication. A client with an unknown address is in no allowed range, and
/// could be in any denied range.
bool admits(const config::require_settings& required, const http::client_address& client);

/// The first requirement that is not met.
std::optional<unmet> what_lacks(const config::require_settings& required,
                                const principal& principal);

} // namespace thalamus::auth
