#pragma once
// The ways to authenticate of a configuration, ready for use: keys parsed, names resolved. Immutable;
// any thread.

#include "config/loader.hpp"
#include "policies/auth/api_keys.hpp"
#include "policies/auth/passwords.hpp"
#include "policies/auth/token.hpp"

#include <string>
#include <variant>
#include <vector>

namespace thalamus::auth {

struct jwt_way {
    token_rules rules;
    key_set keys;                      ///< of a file
    std::optional<std::size_t> source; ///< else an index into ways::key_sources
};
struct api_key_way {};
struct basic_way {
    std::string realm;
};
struct introspection_way {
    config::introspection_settings settings;
    std::string authorization; ///< by which the gateway shows who it is
};
struct forward_way {
    config::forward_settings settings;
};

struct way {
    std::string name;
    std::vector<config::credential_source> from;
    std::variant<jwt_way, api_key_way, basic_way, introspection_way, forward_way> how;
};

struct ways {
    explicit ways(const config::snapshot& from);
    std::vector<way> all; ///< by index into snapshot::auth
    /// Where issuers publish their keys; each URL once.
    std::vector<config::key_url_settings> key_sources;
    api_keys consumers;
    passwords users;
    /// A key file that holds no key for its way: such a configuration is not to be used.
    std::vector<config::problem> problems;
    std::vector<std::string> warnings; ///< keys that are left out
};

} // namespace thalamus::auth
