#pragma once
// How message bodies move: a source hands out bytes that it already has, a sink takes what it can
// hold. Neither knows the other, so that pump() connects HTTP/1.1 today and HTTP/2 later. The
// connections tell the caller of pump() when to try again. One reactor's thread only.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace thalamus::net {

class body_source {
public:
    enum class state : unsigned char {
        data,    ///< `bytes` is not empty
        wait,    ///< nothing now; the connection tells its owner when to look again
        end,     ///< the body is complete
        too_big, ///< over the limit set for it
        malformed,
        cut_off, ///< the connection ended before the body did
    };
    struct piece {
        state what;
        std::string_view bytes{};
    };
    /// What is available now. The bytes stay valid until consume() or the next turn.
    virtual piece peek() = 0;
    virtual void consume(std::size_t n) = 0;

protected:
    ~body_source() = default;
};

class body_sink {
public:
    /// Takes a prefix of `bytes` and returns its length. If that is less than all, the sink is
    /// blocked: offer the rest again (the same bytes) when the connection reports that it is
    /// writable.
    virtual std::size_t write(std::string_view bytes) = 0;
    /// No more bytes will follow. The sink fails if fewer bytes were written than announced.
    virtual void finish() = 0;
    /// Sends what write() and finish() held back to send it in one piece.
    virtual void flush() = 0;
    /// Everything taken was handed to the kernel.
    virtual bool drained() const = 0;
    /// The connection is broken: written bytes are lost.
    virtual bool failed() const = 0;

protected:
    ~body_sink() = default;
};

/// The state of a pump after a run.
enum class pump_state : unsigned char {
    waiting,
    finished, ///< the source ended, and the kernel has every byte
    source_failed,
    sink_failed
};

struct pump_result {
    pump_state what;
    /// The last state of the source; `data` with `waiting`: the sink is blocked.
    body_source::state source = body_source::state::wait;
    std::uint64_t moved = 0; ///< bytes in this run
};

/// Moves bytes until the source has none, the sink is full, or `budget` bytes have moved (then
/// `waiting` with moved >= budget: call again soon, after others have had a turn).
pump_result pump(body_source& from, body_sink& to, std::uint64_t budget);

} // namespace thalamus::net
