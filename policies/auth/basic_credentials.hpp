#pragma once
// User and password from `Authorization: Basic` (RFC 7617 section 2). Pure; any thread.

#include <optional>
#include <string>
#include <string_view>

namespace thalamus::auth {

struct basic_credentials {
    std::string user, password; ///< no control characters; no colon in `user`
};

/// `credentials` is the text after the scheme. Nothing if it is not base64, has no colon, contains
/// a control character, or is longer than config/password_hash.hpp allows.
std::optional<basic_credentials> parse_basic_credentials(std::string_view credentials);

} // namespace thalamus::auth
