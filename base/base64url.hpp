#pragma once
// base64url as tokens and keys are written in (RFC 4648 section 5, RFC 7515 section 2): no padding, no
// white space, unused bits zero, so that a value is written in one way only. Pure; any thread.

#include <optional>
#include <string>
#include <string_view>

namespace thalamus::base {

std::optional<std::string> decode_base64url(std::string_view text);

} // namespace thalamus::base
