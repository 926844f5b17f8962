#pragma once
// What a client says with `Authorization: Basic` (RFC 7617 section 2): user and password. Pure; any thread.

#include <optional>
#include <string>
#include <string_view>

namespace thalamus::auth {

struct basic_credentials {
    std::string user, password; ///< bytes without controls; `user` without a colon
};

/// `credentials` is what stands behind the scheme. Nothing for what is no base64, has no colon, holds a control
/// character, or is longer than config/password_hash.hpp allows.
std::optional<basic_credentials> parse_basic_credentials(std::string_view credentials);

} // namespace thalamus::auth
