#pragma once
// The configured users and their password hashes. Immutable; any thread.

#include "base/keyed_hash.hpp"
#include "config/auth_settings.hpp"
#include "policies/auth/basic_credentials.hpp"
#include "policies/auth/password_name.hpp"
#include "policies/auth/principal.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace thalamus::auth {

/// One check to run (actors/identity/password_checker.hpp).
struct password_lookup {
    password_name name{}; ///< of user and password
    std::string password, hash;
    /// Null: the user is unknown. The check runs only to take the same time, and fails.
    std::shared_ptr<const auth::principal> principal;
};

class passwords {
public:
    explicit passwords(const std::vector<config::consumer_settings>& consumers);

    /// The check that must run before the credentials are accepted or rejected. For an unknown user
    /// it uses the hash of another user, always the same one: the timing of one response or of many
    /// does not reveal which users exist. Nothing if no users are configured.
    std::optional<password_lookup> lookup(const basic_credentials& credentials,
                                          const password_name& name) const;

private:
    struct known {
        std::string hash;
        std::shared_ptr<const auth::principal> principal;
    };
    std::vector<known> users_;
    boost::unordered_flat_map<std::string, std::size_t> by_user_; // indices into users_
    base::keyed_hash choose_;
};

} // namespace thalamus::auth
