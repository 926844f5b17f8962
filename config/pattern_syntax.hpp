#pragma once
// Syntax that path patterns and templates share. Private to config/.

#include "config/pattern.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace thalamus::config {

bool is_capture_name(std::string_view name);
/// True for host, client_ip and consumer, which captures cannot be named.
bool is_template_word(std::string_view name);

/// The literal text of one path segment in the form of canonical request paths: escapes in upper
/// case, unreserved characters decoded, characters that RFC 3986 does not allow escaped. `;` and
/// %2F are kept; allow_in_path of a route decides whether they are accepted.
std::variant<std::string, syntax_error> to_canonical_text(std::string_view text);

} // namespace thalamus::config
