#pragma once
// The thread that carries lines from the reactors' rings to the log's destination.
//
// It costs a reactor no system call per line. While lines come, the thread wakes by itself every
// `linger`, or at once when a ring is half full, and writes all rings with one writev. After a
// round without lines it sleeps until it is called, and only the first line that follows calls it:
//
//                nothing found                a line was pushed: its pusher wakes the thread
//     ┌─► take, write ──────────► idle (no time limit) ───────────────────────────┐
//     │        │ something was written                                             │
//     │        └────────────────► lingering ── time is up, or a ring is half full ─┤
//     └────────────────────────────────────────────────────────────────────────────┘
//
// The pusher first publishes its line and then looks at `attention_`; the thread first announces
// `idle` and then looks at the rings. Both in sequentially consistent order, so at least one of
// them sees the other's step, and no line is left lying while the thread sleeps.

#include "observe/byte_ring.hpp"
#include "observe/log_destination.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/uio.h>

namespace thalamus::observe {

/// Shared by the owner (access_log) and the thread, which may outlive the owner where a write hangs
/// in the kernel.
class log_writer {
public:
    struct settings {
        std::string to;
        unsigned rings = 1;
        std::size_t ring_bytes = std::size_t{1} << 20;
        std::chrono::milliseconds linger{50}, end_within{2000};
    };

    /// @throws std::system_error if the destination cannot be opened or the thread not started.
    static std::shared_ptr<log_writer> start(const settings& settings);
    ~log_writer();

    /// Only on the thread that owns ring `ring`; never blocks. One whole line with its newline.
    void push(unsigned ring, std::string_view line);
    /// Lines pushed after this returned go to the destination opened anew. Any thread.
    void reopen();
    /// Writes what is queued and ends the thread, within `end_within`. Once, after the last push.
    void stop();

    std::uint64_t written() const { return written_.load(std::memory_order_relaxed); }
    std::uint64_t dropped() const;

private:
    enum class attention : unsigned { awake, lingering, idle };
    /// A ring with its producer's count of refused lines.
    struct source {
        explicit source(std::size_t bytes) : ring(bytes) {}
        byte_ring ring;
        std::atomic<std::uint64_t> refused{0}; // written by the producer only
    };

    explicit log_writer(const settings& settings);
    void run();
    bool take_batch();
    void write_batch();
    void advance(std::size_t bytes);
    void give_up_batch();
    void report_failure(int error);
    void report_drops(bool last);
    bool wait_writable();
    void wait(int timeout_ms);
    void call();
    bool look_at_requests();
    void drop_rest_of_line();
    bool time_is_up() const;

    const settings settings_;
    std::vector<std::unique_ptr<source>> sources_;
    int calls_ = -1; // an eventfd: every reason to wake
    alignas(64) std::atomic<attention> attention_{attention::awake};
    alignas(64) std::atomic<bool> stop_asked_{false}, reopen_asked_{false};
    std::atomic<std::uint64_t> written_{0}, lost_{0};
    std::promise<void> ended_;
    std::thread thread_;

    // The thread's own.
    log_destination destination_;
    std::vector<iovec> parts_;      // of the batch, less what is written of them
    std::vector<byte_ring*> rings_; // whose the parts are; null: the newline that ends a fragment
    std::size_t next_ = 0;          // first of parts_ that is not wholly written
    std::uint64_t batch_lines_ = 0;
    bool inside_line_ = false; // the last byte written was no newline
    bool stopping_ = false;
    std::chrono::steady_clock::time_point end_by_{};
    std::uint64_t drops_reported_ = 0;
};

} // namespace thalamus::observe
