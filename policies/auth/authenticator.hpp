#pragma once
// Decides whether a request may pass a route's `auth` and `require`. Knows no actor and no socket; time
// is passed in, and what only others know (an issuer, a service outside, a slow check of a password) is
// asked for: decide() then says what, and is called again with what was found. One per reactor, for what
// it remembers; used on its thread only.

#include "http/head.hpp"
#include "policies/auth/access.hpp"
#include "policies/auth/attempts.hpp"
#include "policies/auth/decision.hpp"
#include "policies/auth/password_memory.hpp"
#include "policies/auth/token_cache.hpp"
#include "policies/auth/ways.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace thalamus::auth {

class authenticator {
public:
    authenticator(const ways& of, const access& now)
        : ways_(of),
          access_(now),
          issuer_keys_(of.key_sources.size()) {}

    /// Every credential in the request that a way of the route looks for must be verified by one of them;
    /// the first way, in their order, that has verified one says who asks. A service outside is asked
    /// where nobody asks yet, or the request has fields of its list that no way has verified.
    /// `client` is the trusted address; `found` holds what was asked for before for this request.
    std::variant<decision, question> decide(const config::route_settings& route,
                                            const http::client_address& client,
                                            const http::field_list& fields, std::string_view query,
                                            std::chrono::system_clock::time_point now,
                                            std::span<const finding> found = {});

    /// The keys at a URL are others now; null: there are none that count. `source` is an index into
    /// ways::key_sources.
    void set_keys(std::size_t source, std::shared_ptr<const key_set> keys);
    const std::shared_ptr<const key_set>& keys(std::size_t source) const {
        return issuer_keys_[source];
    }
    /// A token was found active, until its principal expires. `bytes`: the token's, and what its issuer tells.
    void remember(const base::sha256_bytes& token, std::shared_ptr<const principal> who,
                  std::size_t bytes);
    /// A password was found right.
    void remember(const password_name& name, std::shared_ptr<const principal> who,
                  std::chrono::system_clock::time_point now) {
        passwords_.add(name, std::move(who), now);
    }

private:
    using result = std::variant<decision, question>;
    using time_point = std::chrono::system_clock::time_point;
    result verify(std::size_t index, const attempt& of, time_point now,
                  std::span<const finding> found);
    result verify_by(const jwt_way& jwt, std::size_t index, const attempt& of, time_point now,
                     const finding* found);
    result verify_by(const api_key_way&, std::size_t index, const attempt& of, time_point now,
                     const finding* found);
    result verify_by(const basic_way&, std::size_t index, const attempt& of, time_point now,
                     const finding* found);
    result verify_by(const introspection_way&, std::size_t index, const attempt& of, time_point now,
                     const finding* found);
    result verify_by(const forward_way&, std::size_t index, const attempt& of, time_point now,
                     const finding* found);

    const ways& ways_;
    const access& access_;
    token_cache tokens_;
    token_cache active_; // by their issuer's word: other keys say nothing about those
    password_memory passwords_;
    std::vector<std::shared_ptr<const key_set>> issuer_keys_; // by index into ways::key_sources
};

/// The values of WWW-Authenticate for a decision of 401 or 403 (RFC 9110 section 11.6.1, RFC 6750
/// section 3): one for each way of the route.
std::vector<std::string> challenges(const ways& of, const config::route_settings& route,
                                    const decision& why);

} // namespace thalamus::auth
