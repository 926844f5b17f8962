#pragma once
// The thread that moves lines from the rings of the reactors to the destination of the log.
//
// A reactor needs no system call per line. While lines arrive, the thread wakes by itself every
// `linger`, or at once when a ring is half full, and writes all rings with one writev. After a
// round without lines it sleeps until the next line, whose producer wakes it:
//
//                nothing found                a line was pushed: its producer wakes the thread
//     ┌─► take, write ──────────► idle (no time limit) ───────────────────────────┐
//     │        │ something was written                                             │
//     │        └────────────────► lingering ── time is up, or a ring is half full ─┤
//     └────────────────────────────────────────────────────────────────────────────┘
//
// The producer first publishes its line and then reads `attention_`; the thread first sets `idle`
// and then reads the rings. Both are sequentially consistent, so at least one of them sees the
// other's write, and no line stays in a ring while the thread sleeps.

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

/// Shared by the owner (access_log) and the thread, which may outlive the owner if a write hangs in
/// the kernel.
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

    /// Pushes a complete line with its newline. Only on the thread that owns `ring`; never blocks.
    void push(unsigned ring, std::string_view line);
    /// Lines that are pushed after this returns go to the reopened destination. Any thread.
    void reopen();
    /// Writes the queued lines and ends the thread within `end_within`. Once, after the last push.
    void stop();

    std::uint64_t written() const { return written_.load(std::memory_order_relaxed); }
    std::uint64_t dropped() const;

private:
    enum class attention : unsigned { awake, lingering, idle };
    /// A ring and the number of lines that it rejected.
    struct source {
        explicit source(std::size_t bytes) : ring(bytes) {}
        byte_ring ring;
        std::atomic<std::uint64_t> refused{0}; // written only by the producer
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
    int calls_ = -1; // an eventfd for all reasons to wake
    alignas(64) std::atomic<attention> attention_{attention::awake};
    alignas(64) std::atomic<bool> stop_asked_{false}, reopen_asked_{false};
    std::atomic<std::uint64_t> written_{0}, lost_{0};
    std::promise<void> ended_;
    std::thread thread_;

    // Used only by the thread.
    log_destination destination_;
    std::vector<iovec> parts_;      // the unwritten parts of the batch
    std::vector<byte_ring*> rings_; // the ring of each part; null: a newline that ends a fragment
    std::size_t next_ = 0;          // index of the first incompletely written part
    std::uint64_t batch_lines_ = 0;
    bool inside_line_ = false; // the last written byte was not a newline
    bool stopping_ = false;
    std::chrono::steady_clock::time_point end_by_{};
    std::uint64_t drops_reported_ = 0;
};

} // namespace thalamus::observe
