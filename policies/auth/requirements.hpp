#pragma once
// What a route requires of who asks (`require`). Pure; any thread.

#include "config/snapshot.hpp"
#include "http/client_address.hpp"
#include "policies/auth/principal.hpp"

#include <optional>

namespace thalamus::auth {

enum class unmet : unsigned char { ip, scope, group, claim };

/// Before anyone is authenticated. A client who is not known is in no range, and might be in any that
/// is denied.
bool admits(const config::require_settings& required, const http::client_address& client);

/// The first that is not met.
std::optional<unmet> what_lacks(const config::require_settings& required, const principal& who);

} // namespace thalamus::auth
