#pragma once
// The four forms of a request-target (RFC 9112 3.2) and the `uri-host [":" port]` in them and in
// Host. Decides only whether a target may be taken at all; what its path means is canonical_path's.

#include "http/parse.hpp"

#include <string_view>

namespace thalamus::http {

/// Whether `method` may have `target`. The bytes are already free of controls and blanks.
refusal check_target(std::string_view method, std::string_view target);

/// The authority of an absolute-form target ("http://a:80/x" -> "a:80"); null data for other forms.
std::string_view absolute_authority(std::string_view target);

/// `uri-host [":" port]` of RFC 9110 7.2, less what two readers take differently: escapes and
/// commas in a name are refused, and so is user information.
bool valid_authority(std::string_view text);

} // namespace thalamus::http
