#pragma once
// Decides whether a request passes a route's `auth` and `require`. Uses no actors or sockets; time
// is passed in. What it cannot decide alone (an issuer's keys, an external service's response, a
// slow password check) needs a lookup: decide() returns it and is called again with its result. One
// per reactor, because of its caches; used on its thread only.

#include "http/head.hpp"
#include "policies/auth/auth_methods.hpp"
#include "policies/auth/credential_state.hpp"
#include "policies/auth/decision.hpp"
#include "policies/auth/password_memory.hpp"
#include "policies/auth/presented_credentials.hpp"
#include "policies/auth/token_cache.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace thalamus::auth {

class authenticator {
public:
    authenticator(const auth_methods& methods, const credential_state& credentials)
        : auth_methods_(methods),
          access_(credentials),
          issuer_keys_(methods.key_sources.size()) {}

    /// Every credential in the request that an auth method of the route looks for must be verified
    /// by one of them. The first method, in their order, that verifies one determines the
    /// principal. An external service is called while there is no principal yet, or if the request
    /// has fields from its list that no method has verified. `client` is the trusted address;
    /// `found` holds the results of earlier lookups for this request.
    std::variant<decision, lookup> decide(const config::route_settings& route,
                                          const http::client_address& client,
                                          const http::field_list& fields, std::string_view query,
                                          std::chrono::system_clock::time_point now,
                                          std::span<const lookup_result> found = {});

    /// The keys at a URL have changed; null: there are no valid ones. `source` is an index into
    /// auth_methods::key_sources.
    void set_keys(std::size_t source, std::shared_ptr<const key_set> keys);
    const std::shared_ptr<const key_set>& keys(std::size_t source) const {
        return issuer_keys_[source];
    }
    /// A token was found active; it is remembered until its principal expires. `bytes` is the size
    /// of the token and of the introspection response.
    void remember(const base::sha256_bytes& token, std::shared_ptr<const principal> principal,
                  std::size_t bytes);
    /// A password was found correct.
    void remember(const password_name& name, std::shared_ptr<const principal> principal,
                  std::chrono::system_clock::time_point now) {
        passwords_.add(name, std::move(principal), now);
    }

private:
    using result = std::variant<decision, lookup>;
    using time_point = std::chrono::system_clock::time_point;
    result verify(std::size_t index, const attempt& credential, time_point now,
                  std::span<const lookup_result> found);
    result verify_by(const jwt_method& jwt, std::size_t index, const attempt& credential,
                     time_point now, const lookup_result* found);
    result verify_by(const api_key_method&, std::size_t index, const attempt& credential,
                     time_point now, const lookup_result* found);
    result verify_by(const basic_method&, std::size_t index, const attempt& credential,
                     time_point now, const lookup_result* found);
    result verify_by(const introspection_method&, std::size_t index, const attempt& credential,
                     time_point now, const lookup_result* found);
    result verify_by(const forward_method&, std::size_t index, const attempt& credential,
                     time_point now, const lookup_result* found);

    const auth_methods& auth_methods_;
    const credential_state& access_;
    token_cache tokens_;
    token_cache active_; // by introspection: independent of the issuers' keys
    password_memory passwords_;
    std::vector<std::shared_ptr<const key_set>> issuer_keys_; // index: auth_methods::key_sources
};

/// The values of WWW-Authenticate for a 401 or 403 (RFC 9110 section 11.6.1, RFC 6750 section 3):
/// one for each auth method of the route.
std::vector<std::string> challenges(const auth_methods& methods,
                                    const config::route_settings& route, const decision& refusal);

} // namespace thalamus::auth
