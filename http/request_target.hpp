#pragma once
// The four forms of a request-target (RFC 9112 section 3.2), and the `uri-host [":" port]` in them
// and in Host. Decides only whether a target is accepted; canonical_path.hpp interprets its path.

#include "http/parse.hpp"

#include <string_view>

namespace thalamus::http {

/// Whether `method` may have `target`, which is free of control characters and spaces.
refusal check_target(std::string_view method, std::string_view target);

/// The authority of an absolute-form target ("http://a:80/x" -> "a:80"); null data for other forms.
std::string_view absolute_authority(std::string_view target);

/// Accepts `uri-host [":" port]` of RFC 9110 section 7.2, but rejects what two parsers could read
/// differently: escapes and commas in a name, and user information.
bool valid_authority(std::string_view text);

} // namespace thalamus::http
