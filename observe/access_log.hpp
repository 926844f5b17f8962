#pragma once
// The access log: one line per exchange. A separate thread writes it, so that no reactor ever waits
// for a disk or a pipe. Each reactor has its own bounded ring; if the ring is full, the line is
// dropped and counted.

#include "config/node_settings.hpp"
#include "observe/exchange_record.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace thalamus::observe {

class access_log {
public:
    /// Opens the destination. @throws std::system_error naming the path if it cannot be opened.
    access_log(const config::log_settings& settings, unsigned reactors);
    /// Writes the queued lines (for at most 2 s), then ends the thread.
    ~access_log();

    /// Call only on reactor `reactor`; never blocks.
    void write(unsigned reactor, const exchange_record& record);

    /// Reopens the file (SIGUSR1). Any thread. A failure is logged, and the old file stays in use.
    void reopen();

    std::uint64_t written() const; ///< lines; any thread
    std::uint64_t dropped() const; ///< lines lost to a full ring or a failed write; any thread

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace thalamus::observe
