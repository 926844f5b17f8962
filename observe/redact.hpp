#pragma once
// Credentials that clients put where a log would show them.

#include <string>
#include <string_view>

namespace thalamus::observe {

/// `authority` (Host as sent, so anything) without user information: what is behind its last "@".
std::string_view redact_authority(std::string_view authority);

/// `target` (a request-target) with "*" in place of the user information of an absolute form and of
/// the values of query parameters that by their name hold a credential (access_token, api_key,
/// ...). Returns `target` itself where there is nothing to hide, else a view into `scratch`; never
/// longer than `target`.
std::string_view redact_target(std::string_view target, std::string& scratch);

} // namespace thalamus::observe
