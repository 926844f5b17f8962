#pragma once
// base64url as in tokens and keys (RFC 4648 section 5, RFC 7515 section 2): no padding, no
// whitespace, unused bits zero, so that every value has exactly one encoding. Pure; any thread.

#include <optional>
#include <string>
#include <string_view>

namespace thalamus::base {

std::optional<std::string> decode_base64url(std::string_view text);

} // namespace thalamus::base
