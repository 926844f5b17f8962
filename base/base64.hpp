#pragma once
// base64 as HTTP Basic has it (RFC 4648 section 4): padded, no white space, unused bits zero, so that a
// value is written in one way only. Pure; any thread.

#include <optional>
#include <string>
#include <string_view>

namespace thalamus::base {

std::string encode_base64(std::string_view bytes);
std::optional<std::string> decode_base64(std::string_view text);

} // namespace thalamus::base
