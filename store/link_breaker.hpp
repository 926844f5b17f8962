#pragma once
// The circuit breaker for a server of the store. Pure: without a clock; its owner probes while it
// is open. One reactor's thread only.
//
//   closed --failures in a row--> open --a probe succeeds--> closed

#include <chrono>
#include <cstdint>

namespace thalamus::store {

class breaker {
public:
    /// Few, because each costs a request the whole timeout.
    static constexpr unsigned opens_after = 3;
    /// While it is open: the pause between probes, and how many probes without a reply make the
    /// connection itself suspect.
    static constexpr std::chrono::milliseconds shortest_pause{100}, longest_pause{250};
    static constexpr unsigned mute_after = 4;

    bool closed() const { return closed_; }

    /// The server replied to a command; any reply counts, except those for failed().
    void succeeded() { failures_ = 0; }
    /// `n` commands got no reply, or one that says that the server cannot work. True if the breaker
    /// opened because of that.
    bool failed(unsigned n = 1);
    /// A probe succeeded; true if the breaker closed because of that.
    bool probe_succeeded();
    /// A probe got no reply; true if the connection should be dropped.
    bool probe_mute() { return ++mute_probes_ >= mute_after; }
    /// A probe got an error reply.
    void probe_refused() { mute_probes_ = 0; }

    /// Random, so that the nodes of a cluster do not probe together.
    static std::chrono::milliseconds pause(std::uint64_t random) {
        return shortest_pause + std::chrono::milliseconds(
                                    random % static_cast<std::uint64_t>(
                                                 (longest_pause - shortest_pause).count() + 1));
    }

private:
    bool closed_ = true;
    unsigned failures_ = 0, mute_probes_ = 0;
};

/// The pause before connecting again: doubles with each attempt, less a random part of up to half.
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
