#pragma once
// Keys that verify signatures, as issuers publish them (RFC 7517, 7518 section 6, RFC 8037). A key
// is accepted only for what it declares: its type, curve, size, `use`, `key_ops` and `alg` must
// agree. Pure; a verification_key is immutable and may be used by any thread.

#include "base/digest.hpp"
#include "policies/auth/algorithm.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

struct evp_pkey_st;

namespace thalamus::auth {

class verification_key {
public:
    /// The key, or why it is rejected; the text contains no secret.
    static std::variant<verification_key, std::string> parse(const nlohmann::json& jwk);

    const std::string& kid() const { return kid_; } ///< empty if it has none
    bool symmetric() const { return !secret_.empty(); }
    /// Whether its type, and its `alg` if it has one, allow the algorithm.
    bool fits(algorithm a) const;
    /// @pre fits(which). Whether `signature`, decoded from a token, is valid for `text`.
    bool verify(algorithm a, std::string_view text, std::string_view signature) const;

private:
    friend struct jwk_reader;
    std::string kid_;
    std::vector<algorithm> for_; // the algorithms it may be used with
    std::shared_ptr<evp_pkey_st> public_;
    std::string secret_;
};

/// The keys that an issuer publishes. Unusable keys are left out and reported (RFC 7517 section 5).
/// So are keys with the same kid, type and `alg`, because no token can tell them apart, and secrets
/// among public keys.
struct key_set {
    std::vector<verification_key> keys;
    std::vector<std::string> left_out; ///< "key KID: why"
    /// Equal for sets of the same keys in another order or format.
    base::sha256_bytes fingerprint{};

    /// The keys that may have signed a token with this kid and algorithm: those with the kid, or
    /// those without one if there are none. All keys of the algorithm if `kid` is empty.
    std::vector<const verification_key*> find(std::string_view kid, algorithm a) const;
};

/// Larger sets are rejected.
constexpr std::size_t longest_key_set = 1024 * 1024, most_keys = 64;

/// The set, or why it is invalid. A set without usable keys is valid.
std::variant<key_set, std::string> parse_key_set(std::string_view text);

} // namespace thalamus::auth
