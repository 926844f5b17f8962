#pragma once
// How message bodies move: a source hands out bytes it already has, a sink takes what it can hold.
// Neither knows the other, so that HTTP/1.1 today and HTTP/2 later meet in pump(). Whoever joins
// them is told by the connections when to try again. One reactor's thread only.

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
        too_big, ///< over the limit that was set for it
        malformed,
        cut_off, ///< the connection ended in the middle
    };
    struct piece {
        state what;
        std::string_view bytes{};
    };
    /// What is there now. The bytes stay valid until consume() or the next turn.
    virtual piece peek() = 0;
    virtual void consume(std::size_t n) = 0;

protected:
    ~body_source() = default;
};

class body_sink {
public:
    /// Takes a prefix of `bytes` and says how much; less than all means: blocked, offer the rest again
    /// (the same bytes) when the connection says that it is writable.
    virtual std::size_t write(std::string_view bytes) = 0;
    /// No more bytes will come. What was announced and not written makes it fail.
    virtual void finish() = 0;
    /// Sends what write() and finish() kept back to send it in one piece.
    virtual void flush() = 0;
    /// Everything taken has been handed to the kernel.
    virtual bool drained() const = 0;
    /// The connection is broken: what is written goes nowhere.
    virtual bool failed() const = 0;

protected:
    ~body_sink() = default;
};

/// How a pump stands after a run.
enum class pump_state : unsigned char {
    waiting,
    finished, ///< the source ended, and the kernel has all of it
    source_failed,
    sink_failed
};

struct pump_result {
    pump_state what;
    /// The source's last word; `data` with `waiting`: the sink is what holds it up.
    body_source::state source = body_source::state::wait;
    std::uint64_t moved = 0; ///< bytes of this run
};

/// Moves bytes until the source has none, the sink is full, or `budget` bytes have gone (then
/// `waiting` with moved >= budget: call again soon, others have had no turn).
pump_result pump(body_source& from, body_sink& to, std::uint64_t budget);

} // namespace thalamus::net
