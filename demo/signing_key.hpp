#pragma once
// Signs tokens (RFC 7515, 7518) and publishes the keys (RFC 7517), for the demo's identity provider
// and for tests. Knows nothing of the gateway's code. Any thread.

#include "demo/base64url.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>

struct evp_pkey_st;

namespace thalamus::demo {

/// A key pair for "RS256", "PS384", "ES256", "EdDSA", ... or a secret for "HS256".
class signing_key {
public:
    /// Generates a key; RSA has 2048 bits. @throws std::runtime_error for an unknown algorithm
    signing_key(std::string algorithm, std::string kid);
    /// For HS256 and so on, with a given secret.
    signing_key(std::string algorithm, std::string kid, std::string secret);

    const std::string& kid() const { return kid_; }
    const std::string& algorithm() const { return algorithm_; }
    /// The key to publish; for HS256 and so on this is the secret.
    nlohmann::json jwk() const;
    std::string pem() const; ///< the public key
    /// A token with these claims. Members of `more` are added to its header or replace members.
    std::string token(const nlohmann::json& claims,
                      const nlohmann::json& more = nlohmann::json::object()) const;
    /// The signature of a text, not encoded.
    std::string sign(const std::string& text) const;

private:
    std::string algorithm_, kid_, secret_;
    std::shared_ptr<evp_pkey_st> key_;
};

} // namespace thalamus::demo
