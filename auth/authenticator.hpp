#pragma once
// Decides whether a request may pass a route's `auth` and `require`. Knows no actor and no socket; time
// is passed in. One per reactor, for what it remembers; used on its thread only.

#include "auth/requirements.hpp"
#include "auth/token_cache.hpp"
#include "auth/ways.hpp"
#include "http/head.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace thalamus::auth {

struct decision {
    enum class outcome : unsigned char {
        passed,
        anonymous, ///< without a credential, where that is allowed
        missing,   ///< 401: no credential
        bad,       ///< 401: one that does not count
        forbidden  ///< 403
    };
    outcome what = outcome::passed;
    std::shared_ptr<const principal> who; ///< passed, forbidden
    /// Which way decided, an index into snapshot::auth; none if no credential was found.
    std::size_t way = none;
    /// For the log, and for the client: static text.
    std::string_view reason;
    std::optional<unmet> lacks; ///< forbidden

    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    bool may_pass() const { return what <= outcome::anonymous; }
};

class authenticator {
public:
    explicit authenticator(const ways& of) : ways_(of) {}

    /// Every credential in the request that a way of the route looks for must be verified by one of them;
    /// the first way, in their order, that has verified one says who asks.
    decision decide(const config::route_settings& route, const http::client_address& client,
                    const http::field_list& fields, std::string_view query,
                    std::chrono::system_clock::time_point now);

private:
    decision verify(std::size_t index, const std::string& credential,
                    std::chrono::system_clock::time_point now);

    const ways& ways_;
    token_cache tokens_;
};

/// The values of WWW-Authenticate for a decision of 401 or 403 (RFC 9110 section 11.6.1, RFC 6750
/// section 3): one for each way of the route.
std::vector<std::string> challenges(const ways& of, const config::route_settings& route,
                                    const decision& why);

} // namespace thalamus::auth
