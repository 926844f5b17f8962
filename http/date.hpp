#pragma once
// The Date field (RFC 9110 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".

#include <array>
#include <chrono>
#include <optional>
#include <string_view>

namespace thalamus::http {

/// Keep one per reactor and make it anew when the second changes.
struct http_date {
    std::array<char, 29> text{};
    std::string_view view() const { return {text.data(), text.size()}; }
};

http_date to_http_date(std::chrono::system_clock::time_point when);

/// Any of the three forms that a reader has to know, exactly: that above, RFC 850's ("Sunday,
/// 06-Nov-94 08:49:37 GMT", of which year is decided by `now`) and asctime's ("Sun Nov  6 08:49:37
/// 1994"). The name of the day is not looked at. nullopt for anything else.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text,
                                                        std::chrono::system_clock::time_point now);

} // namespace thalamus::http
