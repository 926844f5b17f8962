#pragma once
// base64 as in HTTP Basic (RFC 4648 section 4): padded, no whitespace, unused bits zero, so that
// every value has exactly one encoding. Pure; any thread.

#include <optional>
#include <string>
#include <string_view>

namespace thalamus::base {

std::string encode_base64(std::string_view bytes);
std::optional<std::string> decode_base64(std::string_view text);

} // namespace thalamus::base
