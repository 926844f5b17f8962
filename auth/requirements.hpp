#pragma once
// What a route requires of who asks (`require`). Pure; any thread.

#include "auth/principal.hpp"
#include "config/snapshot.hpp"

#include <optional>

namespace thalamus::auth {

enum class unmet : unsigned char { ip, scope, group, claim };
std::string_view to_text(unmet what);

/// `client` is the trusted address. Before anyone is authenticated.
bool admits(const config::require_settings& required, const std::array<unsigned char, 16>& client);

/// The first that is not met.
std::optional<unmet> what_lacks(const config::require_settings& required, const principal& who);

} // namespace thalamus::auth
