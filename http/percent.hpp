#pragma once
// Percent-encoding (RFC 3986 section 2.1) of values, and lookups in queries.

#include <optional>
#include <string>
#include <string_view>

namespace thalamus::http {

/// Encodes everything except unreserved characters (A-Z a-z 0-9 - . _ ~).
void append_encoded(std::string_view value, std::string& out);

/// Invalid escapes are kept unchanged.
void append_decoded(std::string_view value, bool plus_is_space, std::string& out);

/// The decoded value of the first parameter with this (decoded) name in "?a=1&b=2" or "a=1&b=2";
/// nullopt if there is none.
std::optional<std::string> find_parameter(std::string_view query, std::string_view name);

/// Whether the first parameter with this name has this value, both compared in decoded form. Does
/// not allocate; for route conditions.
bool parameter_equals(std::string_view query, std::string_view name, std::string_view value);

} // namespace thalamus::http
