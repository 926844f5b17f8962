#pragma once
// What the program says about itself: one line on stderr per message, with time and level. Any
// thread may log. A line is one write(2) of at most 4 KiB that is given up where stderr would make
// it wait, so that a stuck reader of stderr stops nobody; what was lost is said with the next line
// that passes. Everything in a message is escaped, so values from clients cannot forge lines.

#include "config/snapshot.hpp"

#include <fmt/core.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace thalamus::observe {

using config::log_level;

/// Sets what is said from now on; before the first call it is `info`. Lines logged through spdlog's
/// default logger come out the same way.
void start_program_log(log_level level);

bool logs(log_level level);
void log_text(log_level level, std::string_view text);

template <class... Args>
void log(log_level level, fmt::format_string<Args...> format, Args&&... args) {
    if (logs(level)) log_text(level, fmt::format(format, std::forward<Args>(args)...));
}

/// Lets at most `per_second` lines pass per second; any thread. One per call site, with static
/// life:
///     static log_limit limit{1};
///     log_limited(limit, log_level::warn, "cannot write {}: {}", path, error);
class log_limit {
public:
    explicit constexpr log_limit(std::uint32_t per_second) : per_second_(per_second) {}

    struct verdict {
        bool pass = false;
        std::uint64_t suppressed = 0; ///< since the last that passed; 0 unless this one passes
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
