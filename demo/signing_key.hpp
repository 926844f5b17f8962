#pragma once
// Signs tokens (RFC 7515, 7518) and publishes the keys for it (RFC 7517), as an identity provider
// does; for the demo's one and for tests. Knows nothing of the gateway's code. Any thread.

#include "demo/base64url.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>

struct evp_pkey_st;

namespace thalamus::demo {

/// A key pair; "RS256", "PS384", "ES256", "EdDSA", ... or a secret for "HS256".
class signing_key {
public:
    /// Makes one; RSA with 2048 bits. @throws std::runtime_error for an unknown algorithm
    signing_key(std::string algorithm, std::string kid);
    /// Of HS256 and so on, with that secret.
    signing_key(std::string algorithm, std::string kid, std::string secret);

    const std::string& kid() const { return kid_; }
    const std::string& algorithm() const { return algorithm_; }
    /// What is published; of a secret the secret.
    nlohmann::json jwk() const;
    std::string pem() const; ///< of a public key
    /// A token with these claims; `more` is added to its header, or replaces what is there.
    std::string token(const nlohmann::json& claims,
                      const nlohmann::json& more = nlohmann::json::object()) const;
    /// The signature over any text, not encoded.
    std::string sign(const std::string& text) const;

private:
    std::string algorithm_, kid_, secret_;
    std::shared_ptr<evp_pkey_st> key_;
};

} // namespace thalamus::demo
