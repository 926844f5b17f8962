#pragma once
// A signed JSON Web Token (RFC 7515 compact, RFC 7519) and its verification. Follows RFC 8725: the
// configuration chooses the algorithm, not the token, and a token cannot bring its own key. Pure;
// any thread.

#include "policies/auth/jwk.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace thalamus::auth {

/// Why a token is rejected.
enum class token_problem : unsigned char {
    malformed,   ///< not a token, or ambiguous
    algorithm,   ///< not one of the issuer's algorithms
    own_key,     ///< it contains a key, or says where to get one
    critical,    ///< it has a critical header parameter; none is supported
    unknown_key, ///< no key has its kid or, without a kid, no key has signed it
    signature,
    issuer,
    audience,
    expired,
    not_yet, ///< `nbf` or `iat` is in the future
    claims   ///< a claim is missing or malformed
};

struct token_rules {
    std::string issuer;
    /// `aud` must contain one of them; empty: the audience is not checked.
    std::vector<std::string> audience;
    std::vector<algorithm> algorithms;
    std::chrono::milliseconds leeway{30'000};
    bool require_exp = true;
};

/// Longer texts are rejected.
constexpr std::size_t longest_token = 16 * 1024;

/// The parts of a token, still encoded.
struct token_parts {
    std::string_view head, payload, signature, signed_text;
};
/// Nothing if there are not exactly three parts.
std::optional<token_parts> split_token(std::string_view token);

struct token_head {
    auth::algorithm algorithm;
    std::string kid; ///< empty if it has none
};
std::variant<token_head, token_problem> read_head(std::string_view encoded,
                                                  const std::vector<algorithm>& pinned);

/// Until when the claims are valid by `exp`, `nbf` and `iat` (RFC 7519 section 4.1), `leeway`
/// included; max() = forever. Problems: claims, expired, not_yet.
std::variant<std::chrono::system_clock::time_point, token_problem>
lifetime_of(const nlohmann::json& claims, std::chrono::milliseconds leeway, bool require_exp,
            std::chrono::system_clock::time_point now);

struct token_claims {
    nlohmann::json all;
    std::chrono::system_clock::time_point expires; ///< max() = never
};
/// The claims, if they are valid at `now`. Does not check the signature.
std::variant<token_claims, token_problem> read_claims(std::string_view encoded,
                                                      const token_rules& rules,
                                                      std::chrono::system_clock::time_point now);

/// Checks everything. Unsigned claims are never trusted. But for an unknown key the result is
/// unknown_key only if the claims are valid: only then could new keys make a difference.
std::variant<token_claims, token_problem> verify_token(std::string_view token,
                                                       const token_rules& rules,
                                                       const key_set& keys,
                                                       std::chrono::system_clock::time_point now);

} // namespace thalamus::auth
