#pragma once
// The settings of auth methods and consumers, and what a route requires of a client.
// Parts of the snapshot (config/snapshot.hpp): immutable after loading; any thread may read them.

#include "config/values.hpp"

#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace thalamus::config {

/// The part of a request that may contain a credential. `bearer` and `basic` are schemes of
/// Authorization.
struct credential_source {
    enum class kind : unsigned char { bearer, basic, header, cookie, query };
    kind type = kind::bearer;
    std::string name; ///< of the header (lower case), cookie or query parameter
};

/// The URL of the keys that an issuer publishes.
struct key_url_settings {
    std::string text; ///< the URL as written
    http_url url;
    milliseconds timeout{2000};   ///< for one fetch
    milliseconds cooldown{10000}; ///< after a fetch did not find the unknown key of a token
    /// How long keys stay valid when they cannot be fetched again.
    milliseconds keep{std::chrono::hours(24)};
};

/// JSON Web Tokens of one issuer.
struct jwt_settings {
    std::string issuer;
    std::vector<std::string> audience;
    std::vector<std::string> algorithms;  ///< names from RFC 7518, at least one
    std::optional<key_url_settings> jwks; ///< absent = key_file is set
    std::string key_file;                 ///< path of a JSON Web Key Set
    std::string keys;                     ///< contents of key_file; may contain secrets
    milliseconds leeway{30000};
    bool require_exp = true;
    std::vector<credential_source> from{credential_source{}};
};

struct api_key_settings {
    std::vector<credential_source> from{{credential_source::kind::header, "x-api-key"}};
};

/// User and password of a consumer (RFC 7617).
struct basic_settings {
    std::string realm; ///< visible ASCII and spaces, without quotes and backslashes
    std::vector<credential_source> from{{credential_source::kind::basic, ""}}; ///< never changed
};

/// Opaque tokens that their issuer validates (RFC 7662).
struct introspection_settings {
    std::string text; ///< the URL as written
    http_url url;
    std::string client_id, client_secret; ///< the gateway's credentials at the issuer
    milliseconds cache{60000};            ///< lifetime of a response; 0 = no cache
    milliseconds timeout{2000};           ///< for one call
    std::vector<credential_source> from{credential_source{}};
};

/// A service that decides about each request.
struct forward_settings {
    std::string text; ///< the URL as written
    http_url url;
    /// The request headers that are sent to the service. The body is not sent.
    std::vector<credential_source> from{{credential_source::kind::header, "authorization"},
                                        {credential_source::kind::header, "cookie"}};
    std::vector<std::string> copy; ///< response headers that are passed to the target, as written
    milliseconds timeout{500};     ///< for one call
};

/// An auth method that routes refer to by name.
struct auth_settings {
    std::string name;
    std::variant<jwt_settings, api_key_settings, basic_settings, introspection_settings,
                 forward_settings>
        auth_method;
    place where;
};

struct basic_user {
    std::string user;
    std::string password_hash; ///< accepted by password_hash_fault()
};

struct consumer_settings {
    std::string name;
    std::vector<std::string> groups;
    std::vector<std::array<unsigned char, 32>> api_keys; ///< SHA-256 of each
    std::optional<basic_user> basic;
    place where;
};

/// A claim that must have one of the accepted values, or contain one if it is a list.
struct claim_requirement {
    std::string name; ///< as written: "tier", or "realm.tier" for a member of an object
    std::vector<std::string> accepted;
};

struct require_settings {
    std::vector<std::string> scopes, any_scope, groups; ///< all scopes, any scope, any group
    std::vector<claim_requirement> claims;              ///< all claims
    std::vector<network> ip, deny_ip; ///< client address: in one (if not empty), not in any
    bool of_principal() const {
        return !scopes.empty() || !any_scope.empty() || !groups.empty() || !claims.empty();
    }
    bool empty() const { return !of_principal() && ip.empty() && deny_ip.empty(); }
};

} // namespace thalamus::config
