#pragma once
// Percent-encoding (RFC 3986 2.1) for values that land somewhere, and the reading of queries.

#include "base/percent_escape.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace thalamus::http {

using base::hex_value;

/// Everything but unreserved characters (A-Z a-z 0-9 - . _ ~) is encoded.
void append_encoded(std::string_view value, std::string& out);

/// Escapes that are none stay as they are.
void append_decoded(std::string_view value, bool plus_is_space, std::string& out);

/// The first parameter of that (decoded) name in "?a=1&b=2" or "a=1&b=2", decoded; nullopt = none.
std::optional<std::string> find_parameter(std::string_view query, std::string_view name);

/// Whether the first parameter of that name has that value, both compared decoded. Allocates
/// nothing; for route conditions.
bool parameter_equals(std::string_view query, std::string_view name, std::string_view value);

} // namespace thalamus::http
