#pragma once
// Points in time as text for logs. The text of a second is cached, because most consecutive lines
// have the same second.

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

namespace thalamus::base {

class utc_text {
public:
    static constexpr std::size_t rfc3339_size = 24; ///< 2026-01-31T23:59:59.999Z
    static constexpr std::size_t apache_size = 26;  ///< 31/Jan/2026:23:59:59 +0000

    /// These write rfc3339_size or apache_size bytes and return the new end.
    char* rfc3339(char* out, std::chrono::system_clock::time_point when);
    char* apache(char* out, std::chrono::system_clock::time_point when);

private:
    void set_second(std::int64_t second);

    std::int64_t second_ = std::numeric_limits<std::int64_t>::min();
    std::array<char, rfc3339_size> rfc3339_{};
    std::array<char, apache_size> apache_{};
};

/// In whole seconds: 2026-01-31T23:59:59Z. Not cached.
std::string rfc3339_seconds(std::chrono::system_clock::time_point when);

} // namespace thalamus::base
