#pragma once
// HTTP dates (RFC 9110 section 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".

#include <array>
#include <chrono>
#include <optional>
#include <string_view>

namespace thalamus::http {

/// Keep one per reactor and renew it when the second changes.
struct http_date {
    std::array<char, 29> text{};
    std::string_view view() const { return {text.data(), text.size()}; }
};

http_date to_http_date(std::chrono::system_clock::time_point when);

/// Parses the three forms that a recipient must accept: the one above, RFC 850 ("Sunday, 06-Nov-94
/// 08:49:37 GMT", where `now` decides the century) and asctime ("Sun Nov  6 08:49:37 1994"). The
/// name of the day is ignored. Returns nullopt for everything else.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text,
                                                        std::chrono::system_clock::time_point now);

} // namespace thalamus::http
