#pragma once
// Strict parsing of untrusted JSON: rejects texts that two parsers could read differently, and
// texts that are too expensive to parse. Pure; any thread.

#include <nlohmann/json.hpp>

#include <optional>
#include <string_view>

namespace thalamus::base {

/// Parses an object (RFC 8259) in UTF-8 without duplicate names (RFC 7515 section 4, RFC 7519
/// section 4) and with at most `deepest` levels. Returns nullopt for anything else. The caller
/// limits the size.
std::optional<nlohmann::json> parse_object(std::string_view text, int deepest = 16);

} // namespace thalamus::base
