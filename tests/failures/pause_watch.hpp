#pragma once
// Notes when this machine did not run what was ready to run, because its host gave the time to
// others. A program that waits 20 ms for an answer cannot tell that from an answer that does not
// come; a test must not take the one for the other.

#include "tests/failures/audit.hpp"
#include "tests/support/waiting.hpp"

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace thalamus::test {

/// Watches all CPUs that this process may use, from its making on.
class pause_watch {
public:
    /// Each time of this length, which is what the nodes wait for the store, is a pause if so much
    /// was taken of it from one CPU, in one piece or in many.
    static constexpr milliseconds window{20}, taken{5};

    /// Why this process cannot watch; empty if it can.
    static std::string unavailable();
    pause_watch();
    ~pause_watch();
    pause_watch(const pause_watch&) = delete;

    disturbed_times so_far() const;

private:
    /// Above everything else that runs here, so that only the machine itself can be what it waits
    /// for.
    void follow(int cpu);

    mutable std::mutex mutex_;
    disturbed_times times_; // under mutex_
    std::atomic<bool> stopping_{false};
    std::vector<std::thread> threads_;
};

} // namespace thalamus::test
