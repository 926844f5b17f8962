#pragma once
// The signature algorithms that a `jwt` auth method can pin (RFC 7518 section 3, RFC 8037), in the
// order in which users see them. policies/auth/algorithm.hpp defines them and asserts this list.

#include <array>
#include <string_view>

namespace thalamus::config {

inline constexpr std::array<std::string_view, 13> algorithm_names{
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
    "ES384", "ES512", "EdDSA", "HS256", "HS384", "HS512"};

} // namespace thalamus::config
