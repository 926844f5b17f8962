#pragma once
// The auth methods of a configuration, ready for use: keys parsed, names resolved. Immutable; any
// thread.

#include "config/loader.hpp"
#include "policies/auth/api_keys.hpp"
#include "policies/auth/passwords.hpp"
#include "policies/auth/token.hpp"

#include <string>
#include <variant>
#include <vector>

namespace thalamus::auth {

struct jwt_method {
    token_rules rules;
    key_set keys;                      ///< from a file
    std::optional<std::size_t> source; ///< else an index into auth_methods::key_sources
};
struct api_key_method {};
struct basic_method {
    std::string realm;
};
struct introspection_method {
    config::introspection_settings settings;
    std::string authorization; ///< with which the gateway authenticates
};
struct forward_method {
    config::forward_settings settings;
};

struct auth_method {
    std::string name;
    std::vector<config::credential_source> sources;
    std::variant<jwt_method, api_key_method, basic_method, introspection_method, forward_method>
        method;
};

struct auth_methods {
    explicit auth_methods(const config::snapshot& snapshot);
    std::vector<auth_method> all; ///< by index into snapshot::auth
    /// The URLs where issuers publish their keys; each once.
    std::vector<config::key_url_settings> key_sources;
    api_keys consumers;
    passwords users;
    /// Such as a key file without a usable key: the configuration must be rejected.
    std::vector<config::problem> problems;
    std::vector<std::string> warnings; ///< such as keys that are left out
};

} // namespace thalamus::auth
