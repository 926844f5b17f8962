#pragma once
// The signature algorithms of JSON Web Tokens (RFC 7518 section 3, RFC 8037) that a configuration
// may pin and a token may name. `none` is not one of them. Pure; any thread.

#include "config/algorithm_names.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace thalamus::auth {

enum class algorithm : unsigned char {
    hs256,
    hs384,
    hs512,
    rs256,
    rs384,
    rs512,
    ps256,
    ps384,
    ps512,
    es256,
    es384,
    es512,
    eddsa
};

/// The kind of key that an algorithm needs.
enum class family : unsigned char { hmac, rsa, pss, ecdsa, eddsa };

struct algorithm_traits {
    algorithm id;
    std::string_view name; ///< value of `alg`
    family kind;
    unsigned bits; ///< of the hash; 0 for EdDSA
};

inline constexpr std::array all_algorithms{
    algorithm_traits{algorithm::hs256, "HS256", family::hmac, 256},
    algorithm_traits{algorithm::hs384, "HS384", family::hmac, 384},
    algorithm_traits{algorithm::hs512, "HS512", family::hmac, 512},
    algorithm_traits{algorithm::rs256, "RS256", family::rsa, 256},
    algorithm_traits{algorithm::rs384, "RS384", family::rsa, 384},
    algorithm_traits{algorithm::rs512, "RS512", family::rsa, 512},
    algorithm_traits{algorithm::ps256, "PS256", family::pss, 256},
    algorithm_traits{algorithm::ps384, "PS384", family::pss, 384},
    algorithm_traits{algorithm::ps512, "PS512", family::pss, 512},
    algorithm_traits{algorithm::es256, "ES256", family::ecdsa, 256},
    algorithm_traits{algorithm::es384, "ES384", family::ecdsa, 384},
    algorithm_traits{algorithm::es512, "ES512", family::ecdsa, 512},
    algorithm_traits{algorithm::eddsa, "EdDSA", family::eddsa, 0},
};

constexpr const algorithm_traits& traits_of(algorithm a) {
    return all_algorithms[static_cast<std::size_t>(a)];
}

/// Looks up the exact name.
constexpr std::optional<algorithm> algorithm_named(std::string_view name) {
    for (const auto& candidate : all_algorithms)
        if (candidate.name == name) return candidate.id;
    return std::nullopt;
}

// The configuration accepts exactly these names.
static_assert(all_algorithms.size() == config::algorithm_names.size() &&
              std::ranges::all_of(config::algorithm_names, [](std::string_view name) {
                  return algorithm_named(name).has_value();
              }));

} // namespace thalamus::auth
