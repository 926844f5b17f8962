#pragma once
// Whether a server of the store is asked at all. Pure: knows no clock; whoever owns it probes while it
// is open. One reactor's thread only.
//
//   closed --failures in a row--> open --a probe is answered--> closed

#include <chrono>
#include <cstdint>

namespace thalamus::store {

class breaker {
public:
    /// Few, as each costs a request the whole timeout.
    static constexpr unsigned opens_after = 3;
    /// While it is open: from one probe to the next, and how many without an answer make the
    /// connection itself suspect.
    static constexpr std::chrono::milliseconds shortest_pause{100}, longest_pause{250};
    static constexpr unsigned mute_after = 4;

    bool closed() const { return closed_; }

    /// The server answered a command, whatever it said, unless that counts as failed().
    void succeeded() { failures_ = 0; }
    /// `n` commands got no answer, or one that says that the server cannot do its work. True if it
    /// opened by that.
    bool failed(unsigned n = 1);
    /// A probe went through; true if it closed by that.
    bool probe_succeeded();
    /// A probe got no answer; true if the connection should be given up.
    bool probe_mute() { return ++mute_probes_ >= mute_after; }
    /// A probe was answered, and refused.
    void probe_refused() { mute_probes_ = 0; }

    /// Spread, so that the nodes of a cluster do not probe together.
    static std::chrono::milliseconds pause(std::uint64_t random) {
        return shortest_pause + std::chrono::milliseconds(
                                    random % static_cast<std::uint64_t>(
                                                 (longest_pause - shortest_pause).count() + 1));
    }

private:
    bool closed_ = true;
    unsigned failures_ = 0, mute_probes_ = 0;
};

/// How long to wait before connecting again: doubles from attempt to attempt, spread by half.
class backoff {
public:
    static constexpr std::chrono::milliseconds shortest{50}, longest{1000};

    std::chrono::milliseconds next(std::uint64_t random) {
        const auto most = pause_;
        pause_ = pause_ * 2 < longest ? pause_ * 2 : longest;
        return most / 2 +
               std::chrono::milliseconds(random % static_cast<std::uint64_t>(most.count() / 2 + 1));
    }
    void reset() { pause_ = shortest; }

private:
    std::chrono::milliseconds pause_ = shortest;
};

} // namespace thalamus::store
