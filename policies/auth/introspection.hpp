#pragma once
// Requests and responses for tokens that only their issuer can read (RFC 7662). Pure; any thread.

#include "policies/auth/token.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace thalamus::auth {

/// The request body, application/x-www-form-urlencoded.
std::string introspection_form(std::string_view token);

/// The value of Authorization with which the gateway authenticates (RFC 6749 section 2.3.1).
std::string client_authorization(std::string_view client_id, std::string_view client_secret);

/// How far the clocks of two hosts may differ, for `exp`, `nbf` and `iat`.
constexpr std::chrono::milliseconds introspection_leeway{30'000};

struct introspection {
    enum class outcome : unsigned char {
        active,
        inactive, ///< or not valid now
        unusable  ///< not a valid introspection response
    };
    outcome result = outcome::unusable;
    token_claims claims; ///< active; `expires` is exactly its `exp`
    std::string problem; ///< unusable: for the log
};

/// The issuer decides. But a token is never active after its `exp` or before its `nbf`, within the
/// clock difference of two hosts.
introspection read_introspection(unsigned status, std::string_view body,
                                 std::chrono::system_clock::time_point now);

} // namespace thalamus::auth
