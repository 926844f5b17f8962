#pragma once
// JSON from a stranger: what two readers could understand in two ways is refused, and what costs more to
// read than it is worth. Pure; any thread.

#include <nlohmann/json.hpp>

#include <optional>
#include <string_view>

namespace thalamus::base {

/// An object (RFC 8259) of UTF-8 text without duplicate names (RFC 7515 section 4, RFC 7519 section 4), at
/// most `deepest` levels. Nothing for all else. The caller bounds its size.
std::optional<nlohmann::json> parse_object(std::string_view text, int deepest = 16);

} // namespace thalamus::base
