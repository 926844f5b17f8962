#pragma once
// Who was authenticated: what routes may require of it, limits count it by and targets are told.
// Immutable once made; any thread.

#include "config/snapshot.hpp"
#include "http/template_expand.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thalamus::auth {

struct principal final : http::claim_source {
    /// The consumer's name, or a token's `sub`; empty if that is no text: what targets are told.
    std::string name;
    /// What limits count by: the name, of a token with the way's before it ("idp/alice"), so that two
    /// issuers and the consumers share nothing. Empty if the name is.
    std::string id;
    // What a revocation may name; empty or absent where there is none.
    std::string token_id, subject; ///< `jti` and `sub` of a token
    std::optional<std::chrono::system_clock::time_point> issued_at;
    std::string consumer; ///< a configured client
    std::string key_id;   ///< of an API key that was made through the admin port
    /// "jwt", "api_key", "basic", "introspection", "forward": what targets get as X-Auth-Method.
    std::string_view method;
    std::vector<std::string> groups, scopes;
    nlohmann::json claims; ///< of a token; else null
    std::chrono::system_clock::time_point expires = std::chrono::system_clock::time_point::max();
    /// X-Consumer-Id, X-Consumer-Groups, X-Auth-Method: see identity_lines_of().
    std::string identity_lines;
    /// Headers for the target that a service outside has given, name and value.
    std::vector<std::pair<std::string, std::string>> copied;

    bool append_claim(std::string_view name, std::string& out) const override;
};

/// Lines of a head. Whatever could be misread there (controls, what is no ASCII, "%", of groups ",") is
/// percent-encoded.
std::string identity_lines_of(const principal& who);

/// The value of a claim: a member of that name (names may be URLs), else by dots a member of a member,
/// with quotes around names that hold dots: resource_access."my.app".roles. Null if there is none.
const nlohmann::json* find_claim(const nlohmann::json& claims, std::string_view name);

/// A claim as text: a string as it is, a number or boolean as JSON has it; nothing else is one.
bool append_claim_text(const nlohmann::json& value, std::string& out);

/// `method` is static text.
principal principal_of_consumer(const config::consumer_settings& consumer, std::string_view method);

/// Of a token that was verified: scopes of `scope` (a string) and `scp`, groups of `groups` and `roles`.
/// `method` is static text.
principal principal_of_token(std::string_view way, std::string_view method, nlohmann::json claims,
                             std::chrono::system_clock::time_point expires);

} // namespace thalamus::auth
