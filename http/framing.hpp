#pragma once
// The strict rules of RFC 9112 for fields that Beast's grammar has accepted: the end of the body,
// the persistence of the connection, and the requests to reject. A message is rejected if two
// recipients could disagree about its end (features.md section 4, rows 1-3).

#include "http/parse.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace thalamus::http {

/// Parses 1*DIGIT that fits 64 bits, and nothing else.
std::optional<std::uint64_t> parse_content_length(std::string_view value);

/// Sets framing, content_length, keep_alive, upgrade and expect_continue from the other members.
refusal frame_request(request_head& head);
/// Sets framing, content_length and keep_alive from the other members.
refusal frame_response(std::string_view request_method, response_head& head);

} // namespace thalamus::http
