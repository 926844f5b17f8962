#pragma once
// Keys that verify signatures, as issuers publish them (RFC 7517, 7518 section 6, RFC 8037). A key is
// accepted only for what it says it is for: its type, curve, size, `use`, `key_ops` and `alg` must agree.
// Pure; a verification_key is immutable and may be used by any thread.

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
    /// The key, or why it is refused; the text names no secret.
    static std::variant<verification_key, std::string> from(const nlohmann::json& jwk);

    const std::string& kid() const { return kid_; } ///< empty: it has none
    bool symmetric() const { return !secret_.empty(); }
    /// Its type, and its `alg` if it has one, allow the algorithm.
    bool fits(algorithm which) const;
    /// @pre fits(which). Whether `signature`, as it stands in a token, is one of `text`.
    bool verify(algorithm which, std::string_view text, std::string_view signature) const;

private:
    friend struct jwk_reader;
    std::string kid_;
    std::vector<algorithm> for_; // what it may be used with
    std::shared_ptr<evp_pkey_st> public_;
    std::string secret_;
};

/// What an issuer publishes. Keys that cannot be used are left out and told (RFC 7517 section 5); so are
/// those of one kid, type and `alg`, for no token tells them apart, and secrets beside public keys.
struct key_set {
    std::vector<verification_key> keys;
    std::vector<std::string> left_out; ///< "key KID: why"
    /// The same for sets of the same keys in another order or form.
    base::sha256_bytes fingerprint{};

    /// The keys that a token with this kid (empty: none) and algorithm may be signed by: those of the kid,
    /// or those without one if there is none.
    std::vector<const verification_key*> find(std::string_view kid, algorithm which) const;
};

/// At most so much is read of a set.
constexpr std::size_t longest_key_set = 1024 * 1024, most_keys = 64;

/// The set, or why it is none. One without a usable key is one.
std::variant<key_set, std::string> parse_key_set(std::string_view text);

} // namespace thalamus::auth
