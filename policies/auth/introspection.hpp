#pragma once
// Questions about tokens that only their issuer can read, and its answers (RFC 7662). Pure; any thread.

#include "policies/auth/token.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace thalamus::auth {

/// The body of a question, application/x-www-form-urlencoded.
std::string introspection_form(std::string_view token);

/// The value of Authorization by which the gateway shows who it is (RFC 6749 section 2.3.1).
std::string client_authorization(std::string_view client_id, std::string_view client_secret);

/// By which clocks of two hosts may differ, for `exp`, `nbf` and `iat`.
constexpr std::chrono::milliseconds introspection_leeway{30'000};

struct introspection {
    enum class outcome : unsigned char {
        active,
        inactive, ///< or not at this time
        unusable  ///< no answer to the question
    };
    outcome what = outcome::unusable;
    token_claims claims; ///< active; `expires` is its `exp` exactly
    std::string problem; ///< unusable: for the log
};

/// The issuer's word counts; but whatever it says, a token is not active beyond its `exp` or before its `nbf`,
/// as far as clocks of two hosts can tell.
introspection read_introspection(unsigned status, std::string_view body,
                                 std::chrono::system_clock::time_point now);

} // namespace thalamus::auth
