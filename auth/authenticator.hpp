#pragma once
// Decides whether a request may pass a route's `auth` and `require`. Knows no actor and no socket; time
// is passed in, and what only others know (an issuer, a slow check of a password) is asked for: decide()
// then says what, and is called again with what was found. One per reactor, for what it remembers; used
// on its thread only.

#include "auth/access.hpp"
#include "auth/password_memory.hpp"
#include "auth/requirements.hpp"
#include "auth/token_cache.hpp"
#include "auth/ways.hpp"
#include "http/head.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace thalamus::auth {

struct decision {
    enum class outcome : unsigned char {
        passed,
        anonymous,  ///< without a credential, where that is allowed
        missing,    ///< 401: no credential
        bad,        ///< 401: one that does not count
        forbidden,  ///< 403
        unavailable ///< 503: what is needed to decide is not to be had
    };
    outcome what = outcome::passed;
    std::shared_ptr<const principal> who; ///< passed, forbidden
    /// Which way decided, an index into snapshot::auth; none if no credential was found.
    std::size_t way = none;
    /// For the log, and for the client: static text.
    std::string_view reason;
    std::optional<unmet> lacks; ///< forbidden
    bool remembered = false;    ///< passed: the token was verified before

    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    bool may_pass() const { return what <= outcome::anonymous; }
};

/// What must be found out before a request can be decided.
struct question {
    std::size_t way = 0; ///< an index into snapshot::auth
    /// To be checked; else whether the issuer has other keys.
    std::optional<password_question> password;
};

/// What came of a question.
struct finding {
    enum class outcome : unsigned char {
        looked_up, ///< the authenticator knows all that is to be known
        passed,
        refused,
        unavailable
    };
    std::size_t way = 0;
    outcome what = outcome::looked_up;
    std::shared_ptr<const principal> who; ///< passed
    std::string_view reason;              ///< refused, unavailable; static text
};

class authenticator {
public:
    authenticator(const ways& of, const access& now)
        : ways_(of),
          access_(now),
          issuer_keys_(of.key_sources.size()) {}

    /// Every credential in the request that a way of the route looks for must be verified by one of them;
    /// the first way, in their order, that has verified one says who asks. `client` is the trusted
    /// address; `found` holds what was asked for before for this request.
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
    /// A password was found right.
    void remember(const password_name& name, std::shared_ptr<const principal> who,
                  std::chrono::system_clock::time_point now) {
        passwords_.add(name, std::move(who), now);
    }

private:
    using result = std::variant<decision, question>;
    result verify(std::size_t index, const std::string& credential,
                  std::chrono::system_clock::time_point now, std::span<const finding> found);
    result verify_by(const jwt_way& jwt, std::size_t index, const std::string& credential,
                     std::chrono::system_clock::time_point now, const finding* found);
    result verify_by(const api_key_way&, std::size_t index, const std::string& credential,
                     std::chrono::system_clock::time_point now, const finding* found);
    result verify_by(const basic_way&, std::size_t index, const std::string& credential,
                     std::chrono::system_clock::time_point now, const finding* found);

    const ways& ways_;
    const access& access_;
    token_cache tokens_;
    password_memory passwords_;
    std::vector<std::shared_ptr<const key_set>> issuer_keys_; // by index into ways::key_sources
};

/// The same for a user that nobody has.
inline constexpr std::string_view wrong_password = "user or password is wrong";

/// The values of WWW-Authenticate for a decision of 401 or 403 (RFC 9110 section 11.6.1, RFC 6750
/// section 3): one for each way of the route.
std::vector<std::string> challenges(const ways& of, const config::route_settings& route,
                                    const decision& why);

} // namespace thalamus::auth
