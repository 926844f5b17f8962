#pragma once
// What path patterns and templates have in common. Inside config/ only.

#include "config/pattern.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace thalamus::config {

bool is_capture_name(std::string_view name);
/// {host}, {client_ip} and {consumer}: no names for captures.
bool is_template_word(std::string_view name);

/// Literal text of one path segment as canonical request paths have it: escapes in upper case,
/// unreserved characters decoded, what RFC 3986 does not allow escaped. `;` and %2F stay; whether a
/// route takes them is a matter of its allow_in_path.
std::variant<std::string, syntax_error> to_canonical_text(std::string_view text);

} // namespace thalamus::config
