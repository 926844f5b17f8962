#pragma once
// An identity provider for the demo and for tests: it issues any token to anyone, publishes the
// keys that verify them (RFC 7517), introspects tokens (RFC 7662), and decides about requests as an
// external authorization service.
//
//     GET  /jwks.json           the public keys
//     POST /token               JSON: sub, aud, scope, expires_in, alg, claims {...}, opaque
//     POST /introspect          form: token=...; HTTP Basic
//     *    /check               200 with X-User-Id, 401 or 403 (claim "denied": true)
//     GET  /healthz
//     POST /control/rotate      {"retire": true|false}
//     POST /control/down        {"down": true|false}: everything except /control returns 503
//     POST /control/revoke      {"token": "..."}
//     GET  /control/statistics  requests by endpoint, whether or not they succeeded

#include "demo/issued_tokens.hpp"
#include "demo/service.hpp"
#include "demo/signing_key.hpp"

#include <chrono>
#include <cstdint>
#include <deque>

namespace thalamus::demo {

struct identity_provider_settings {
    std::string issuer;
    std::chrono::seconds max_age{300}; ///< how long others may cache the published keys
    /// One key each; asymmetric ones of RFC 7518, and EdDSA. A token without `alg` gets the first.
    std::vector<std::string> algorithms{"RS256", "ES256", "EdDSA"};
    std::string client_id = "gateway"; ///< credentials for introspection
    std::string client_secret = "gateway-secret";
    std::size_t most_tokens = 10'000; ///< remembered; a forgotten one counts as inactive
};

class identity_provider : public service {
public:
    /// Creates the keys. @pre at least one algorithm, most_tokens > 0
    /// @throws std::runtime_error for an unknown algorithm
    explicit identity_provider(identity_provider_settings settings);

    /// For an issuer whose name contains a port that is not known earlier.
    void set_issuer(std::string url) { settings_.issuer = std::move(url); }
    reply handle(request request) override;

private:
    using generation = std::vector<signing_key>;

    generation new_keys() const;
    reply published_keys() const;
    reply token(const request& request);
    reply introspect(const request& request) const;
    reply check(const request& request) const;
    reply rotate(bool retire);
    reply statistics() const;
    bool is_client(const request& request) const;

    identity_provider_settings settings_;
    std::deque<generation> keys_; ///< the first one signs; all are published
    issued_tokens tokens_;
    std::map<std::string, std::uint64_t, std::less<>> requests_; ///< by path
    bool down_ = false;
};

} // namespace thalamus::demo
