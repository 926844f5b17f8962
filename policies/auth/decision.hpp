#pragma once
// The decisions of policies/auth/authenticator, and the lookups that it needs to make them. Values.

#include "policies/auth/external_auth.hpp"
#include "policies/auth/passwords.hpp"
#include "policies/auth/reason.hpp"
#include "policies/auth/requirements.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace thalamus::auth {

struct decision {
    enum class outcome : unsigned char {
        passed,
        anonymous,  ///< no credential, and none is required
        missing,    ///< 401: no credential
        bad,        ///< 401: an invalid credential
        forbidden,  ///< 403
        unavailable ///< 503: something needed for the decision is unavailable
    };
    outcome result = outcome::passed;
    std::shared_ptr<const auth::principal> principal; ///< passed, forbidden
    /// Index into snapshot::auth of the method that decided; none if no credential was found and no
    /// service was called.
    std::size_t auth_method = none;
    auth::reason reason = auth::reason::none; ///< if not passed
    std::optional<unmet> lacks;               ///< forbidden by the route's `require`
    bool remembered = false;                  ///< passed: the token had been verified before
    /// Set if an external service rejected the request: its response for the client.
    std::shared_ptr<const external_auth_response> external_auth = nullptr;

    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    bool may_pass() const { return result <= outcome::anonymous; }
};

/// Does the issuer have new keys?
struct keys_lookup {};
/// Is the token active? Only its issuer can tell.
struct token_lookup {
    base::sha256_bytes name{}; ///< identifies token and auth method
    std::string token;
};
/// May this request pass? Holds the client's fields that the external service receives.
struct external_auth_lookup {
    std::vector<std::pair<std::string, std::string>> fields;
};

/// What must be looked up before a request can be decided.
struct lookup {
    std::size_t auth_method = 0; ///< index into snapshot::auth
    std::variant<keys_lookup, password_lookup, token_lookup, external_auth_lookup> details;
};

/// The result of a lookup.
struct lookup_result {
    enum class outcome : unsigned char {
        looked_up, ///< the authenticator now has all the facts that there are
        passed,
        refused,
        forbidden,
        unavailable
    };
    std::size_t auth_method = 0;
    outcome result = outcome::looked_up;
    std::shared_ptr<const auth::principal> principal; ///< passed
    auth::reason reason = auth::reason::none;         ///< refused, forbidden, unavailable
    /// From the service that refused or forbade the request.
    std::shared_ptr<const external_auth_response> external_auth = nullptr;
};

} // namespace thalamus::auth
