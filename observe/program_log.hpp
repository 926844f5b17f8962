#pragma once
// The program log: one line on stderr per message, with time and level. Any thread may log. A line
// is one write(2) of at most 4 KiB. It is dropped if stderr would block, so that a stuck reader of
// stderr blocks no thread; the next line that is written is preceded by the number of lost lines.
// Messages are escaped, so values from clients cannot forge lines.

#include "config/node_settings.hpp"

#include <fmt/core.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace thalamus::observe {

using config::log_level;

/// Sets the log level, which is `info` before the first call. Lines from spdlog's default logger
/// are also written to this log.
void start_program_log(log_level level);

bool logs(log_level level);
void log_text(log_level level, std::string_view text);

template <class... Args>
void log(log_level level, fmt::format_string<Args...> format, Args&&... args) {
    if (logs(level)) log_text(level, fmt::format(format, std::forward<Args>(args)...));
}

/// Limits a call site to `per_second` lines per second; any thread. Use one static object each:
///     static log_limit limit{1};
///     log_limited(limit, log_level::warn, "cannot write {}: {}", path, error);
class log_limit {
public:
    explicit constexpr log_limit(std::uint32_t per_second) : per_second_(per_second) {}

    struct verdict {
        bool pass = false;
        std::uint64_t suppressed =
            0; ///< since the last line that passed; 0 if this one does not pass
    };
    verdict ask(std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now());

private:
    const std::uint32_t per_second_;
    std::atomic<std::uint64_t> second_and_count_{0};
    std::atomic<std::uint64_t> suppressed_{0};
};

template <class... Args>
void log_limited(log_limit& limit, log_level level, fmt::format_string<Args...> format,
                 Args&&... args) {
    if (!logs(level)) return;
    const auto [pass, suppressed] = limit.ask();
    if (!pass) return;
    std::string text = fmt::format(format, std::forward<Args>(args)...);
    if (suppressed > 0) text += fmt::format(" ({} more like this were not logged)", suppressed);
    log_text(level, text);
}

} // namespace thalamus::observe
