#include "observe/program_log.hpp"

#include "base/utc_text.hpp"
#include "observe/escape.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <array>
#include <climits>
#include <memory>
#include <mutex>
#include <string>

#include <poll.h>
#include <unistd.h>

namespace thalamus::observe {
namespace {

class stderr_sink final : public spdlog::sinks::base_sink<std::mutex> {
private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        if (lost_ > 0) {
            const std::uint64_t lost = lost_;
            if (put(message.time, spdlog::level::warn,
                    fmt::format("{} log lines were lost: stderr did not accept them", lost)))
                lost_ -= lost;
        }
        if (!put(message.time, message.level, {message.payload.data(), message.payload.size()}))
            ++lost_;
    }

    void flush_() override {} // nothing is buffered

    /// Returns false if stderr would block or is closed.
    bool put(spdlog::log_clock::time_point when, spdlog::level::level_enum level,
             std::string_view text) {
        static constexpr std::array<std::string_view, 7> names{"trace", "debug", "info ", "warn ",
                                                               "error", "fatal", "off  "};
        char time[base::utc_text::rfc3339_size];
        clock_.rfc3339(time, when);
        std::string line(time, sizeof time);
        line.append(" ")
            .append(names[static_cast<std::size_t>(level)])
            .append(" ")
            .append(printable(text));
        // A pipe accepts up to PIPE_BUF bytes atomically, not mixed with lines of other writers.
        if (constexpr std::size_t most = PIPE_BUF - 1; line.size() > most) {
            line.resize(cut_to(line, most - 3).size());
            line += "\xE2\x80\xA6"; // …
        }
        line += '\n';
        // If stderr is writable, a write of this size does not block, unless another process fills
        // the pipe in between: then this waits for the reader, which is active.
        pollfd writable{STDERR_FILENO, POLLOUT, 0};
        if (::poll(&writable, 1, 0) != 1 || !(writable.revents & POLLOUT)) return false;
        return ::write(STDERR_FILENO, line.data(), line.size()) ==
               static_cast<ssize_t>(line.size());
    }

    base::utc_text clock_;
    std::uint64_t lost_ = 0;
};

spdlog::level::level_enum to_spdlog(log_level level) {
    switch (level) {
    case log_level::trace: return spdlog::level::trace;
    case log_level::debug: return spdlog::level::debug;
    case log_level::info: return spdlog::level::info;
    case log_level::warn: return spdlog::level::warn;
    case log_level::error: return spdlog::level::err;
    case log_level::off: break;
    }
    return spdlog::level::off;
}

const std::shared_ptr<spdlog::logger>& logger() {
    // Never destroyed: threads that outlive main() (a detached log writer) may still log.
    static const auto& made =
        *new auto(std::make_shared<spdlog::logger>("thalamus", std::make_shared<stderr_sink>()));
    return made;
}

} // namespace

void start_program_log(log_level level) {
    logger()->set_level(to_spdlog(level));
    spdlog::set_default_logger(logger());
}

bool logs(log_level level) {
    return level != log_level::off && logger()->should_log(to_spdlog(level));
}

void log_text(log_level level, std::string_view text) {
    if (level != log_level::off)
        logger()->log(to_spdlog(level), spdlog::string_view_t(text.data(), text.size()));
}

log_limit::verdict log_limit::ask(std::chrono::steady_clock::time_point now) {
    const auto second = static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count());
    // The upper half is the second, the lower half the number of lines that passed in it.
    std::uint64_t seen = second_and_count_.load(std::memory_order_relaxed), next;
    do {
        const std::uint64_t count = (seen >> 32) == (second & 0xFFFFFFFF) ? seen & 0xFFFFFFFF : 0;
        if (count >= per_second_) {
            suppressed_.fetch_add(1, std::memory_order_relaxed);
            return {};
        }
        next = second << 32 | (count + 1);
    } while (!second_and_count_.compare_exchange_weak(seen, next, std::memory_order_relaxed));
    return {true, suppressed_.exchange(0, std::memory_order_relaxed)};
}

} // namespace thalamus::observe
