#pragma once
// X-Request-Id: generated for a request, or accepted from a trusted proxy.

#include "base/random.hpp"

#include <array>
#include <string_view>

namespace thalamus::http {

/// 128 random bits as 32 lower-case hex digits.
struct request_id {
    std::array<char, 32> text{};
    std::string_view view() const { return {text.data(), text.size()}; }
};

request_id make_request_id(base::xoshiro256& random);

/// True for 1 to 128 characters A-Z a-z 0-9 . _ : -
bool is_acceptable_request_id(std::string_view id);

} // namespace thalamus::http
