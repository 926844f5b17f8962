#pragma once
// The Date field (RFC 9110 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".

#include <array>
#include <chrono>
#include <string_view>

namespace thalamus::http {

/// Keep one per reactor and make it anew when the second changes.
struct http_date {
    std::array<char, 29> text{};
    std::string_view view() const { return {text.data(), text.size()}; }
};

http_date to_http_date(std::chrono::system_clock::time_point when);

} // namespace thalamus::http
