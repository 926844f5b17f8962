#pragma once
// The users of a configuration: whose password has which hash. Immutable; any thread.

#include "base/keyed_hash.hpp"
#include "config/snapshot.hpp"
#include "policies/auth/basic_credentials.hpp"
#include "policies/auth/password_name.hpp"
#include "policies/auth/principal.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace thalamus::auth {

/// One check to make (actors/identity/password_checker.hpp).
struct password_question {
    password_name name{}; ///< of user and password
    std::string password, hash;
    /// Null: nobody has this user; the check is made for the time that it takes, and its answer is no.
    std::shared_ptr<const principal> who;
};

class passwords {
public:
    explicit passwords(const std::vector<config::consumer_settings>& consumers);

    /// What must be checked before anyone says no or yes. For a user that nobody has it is the hash of another
    /// one, always the same: neither one answer nor many tell by their time who exists. Nothing if there
    /// are no users at all.
    std::optional<password_question> question(const basic_credentials& of,
                                              const password_name& name) const;

private:
    struct known {
        std::string hash;
        std::shared_ptr<const principal> who;
    };
    std::vector<known> users_;
    boost::unordered_flat_map<std::string, std::size_t> by_user_; // indices into users_
    base::keyed_hash choose_;
};

} // namespace thalamus::auth
