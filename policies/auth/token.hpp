#pragma once
// A signed JSON Web Token (RFC 7515 compact, RFC 7519) and what must be right about it; RFC 8725 is
// followed: the algorithm is the configuration's choice, not the token's, and a token brings no key.
// Pure; any thread.

#include "policies/auth/jwk.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace thalamus::auth {

/// Why a token does not count.
enum class token_problem : unsigned char {
    malformed,   ///< no token, or one that can be read in two ways
    algorithm,   ///< its algorithm is none of the issuer's
    own_key,     ///< it brings a key, or says where to get one
    critical,    ///< it has a header that must be understood, and is not
    unknown_key, ///< no key of the issuer's has its kid, or without one none has signed it
    signature,
    issuer,
    audience,
    expired,
    not_yet, ///< nbf or iat are to come
    claims   ///< one is missing or is not what it must be
};

struct token_rules {
    std::string issuer;
    /// One of them must be in `aud`; if there are none nobody asks whom a token is for.
    std::vector<std::string> audience;
    std::vector<algorithm> algorithms;
    std::chrono::milliseconds leeway{30'000};
    bool require_exp = true;
};

/// Longer ones are no tokens.
constexpr std::size_t longest_token = 16 * 1024;

/// A token's parts as they stand in it.
struct token_parts {
    std::string_view head, payload, signature, signed_text;
};
/// Three parts, not more; nothing if it is no token.
std::optional<token_parts> split_token(std::string_view token);

struct token_head {
    auth::algorithm algorithm;
    std::string kid; ///< empty: it has none
};
std::variant<token_head, token_problem> read_head(std::string_view encoded,
                                                  const std::vector<algorithm>& pinned);

/// How long claims hold by `exp`, `nbf` and `iat` (RFC 7519 section 4.1), `leeway` included; max() = for ever.
/// Problems: claims, expired, not_yet.
std::variant<std::chrono::system_clock::time_point, token_problem>
lifetime_of(const nlohmann::json& claims, std::chrono::milliseconds leeway, bool require_exp,
            std::chrono::system_clock::time_point now);

struct token_claims {
    nlohmann::json all;
    std::chrono::system_clock::time_point expires; ///< max() = never
};
/// What the token claims, if that holds at `now`. Its signature is another matter.
std::variant<token_claims, token_problem> read_claims(std::string_view encoded,
                                                      const token_rules& by,
                                                      std::chrono::system_clock::time_point now);

/// All of it. No claim is believed that is not signed; but of a token whose key is not known the answer
/// is unknown_key only if its claims would hold: then, and only then, new keys could make a difference.
std::variant<token_claims, token_problem> verify_token(std::string_view token,
                                                       const token_rules& by, const key_set& keys,
                                                       std::chrono::system_clock::time_point now);

} // namespace thalamus::auth
