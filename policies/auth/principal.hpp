#pragma once
// The authenticated client: routes require properties of it, limits count by it, and targets are
// told its identity. Immutable once made; any thread.

#include "config/auth_settings.hpp"
#include "http/template_expand.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thalamus::auth {

struct principal final : http::claim_source {
    /// The consumer's name, or a token's `sub`; empty if that is not a string. Sent to targets.
    std::string name;
    /// What limits count by: the name, for tokens prefixed with the auth method's ("idp/alice"), so
    /// that two issuers and the consumers never share a limit. Empty if the name is empty.
    std::string id;
    // What a revocation may refer to; empty or absent if there is none.
    std::string token_id, subject; ///< `jti` and `sub` of a token
    std::optional<std::chrono::system_clock::time_point> issued_at;
    std::string consumer; ///< the consumer, if it is one
    std::string key_id;   ///< of an API key that was created through the admin port
    /// "jwt", "api_key", "basic", "introspection" or "forward"; targets get it as X-Auth-Method.
    std::string_view method;
    std::vector<std::string> groups, scopes;
    nlohmann::json claims; ///< of a token; otherwise null
    std::chrono::system_clock::time_point expires = std::chrono::system_clock::time_point::max();
    /// X-Consumer-Id, X-Consumer-Groups, X-Auth-Method: see identity_lines_of().
    std::string identity_lines;
    /// Headers from an external service for the target: name and value.
    std::vector<std::pair<std::string, std::string>> copied;

    bool append_claim(std::string_view name, std::string& out) const override;
};

/// The header lines with the identity. Characters that could be misread (controls, spaces,
/// non-ASCII, "%", in groups also ",") are percent-encoded.
std::string identity_lines_of(const principal& principal);

/// The value of a claim: the member with this name (names may be URLs). Otherwise the name is a
/// path, with dots between members and quotes around names that contain dots:
/// resource_access."my.app".roles. Null if there is none.
const nlohmann::json* find_claim(const nlohmann::json& claims, std::string_view name);

/// Appends a claim as text: a string as it is, a number or boolean in JSON. False for others.
bool append_claim_text(const nlohmann::json& value, std::string& out);

/// `method` must be static text.
principal principal_of_consumer(const config::consumer_settings& consumer, std::string_view method);

/// For a verified token: scopes from `scope` (a string) and `scp`, groups from `groups` and
/// `roles`. `method` must be static text.
principal principal_of_token(std::string_view auth_method, std::string_view method,
                             nlohmann::json claims, std::chrono::system_clock::time_point expires);

} // namespace thalamus::auth
