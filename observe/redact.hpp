#pragma once
// Removes credentials from texts that are logged.

#include <string>
#include <string_view>

namespace thalamus::observe {

/// `authority` (Host as received, any text) without user information: the text after the last "@".
std::string_view redact_authority(std::string_view authority);

/// `target` (a request-target) with "*" instead of the user information of an absolute form and
/// instead of the values of query parameters that are credentials by their name (access_token,
/// api_key, ...). Returns `target` itself if there is nothing to hide, else a view into `scratch`.
/// The result is never longer than `target`.
std::string_view redact_target(std::string_view target, std::string& scratch);

} // namespace thalamus::observe
