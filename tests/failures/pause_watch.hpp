#pragma once
// Notes when this machine did not run what was ready to run, because its host gave the time to others. A
// program that waits 20 ms for an answer cannot tell that from an answer that does not come; a test must
// not take the one for the other.

#include "tests/failures/audit.hpp"

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace thalamus::test {

/// Watches all CPUs that this process may use, from its making on.
class pause_watch {
public:
    /// So much taken from one CPU within `window`, which is as long as the nodes wait for the store, counts
    /// as a pause, in one piece or in many.
    static constexpr moment window = 20'000, taken = 5000;

    pause_watch();
    ~pause_watch();
    pause_watch(const pause_watch&) = delete;

    disturbed_times so_far() const;

private:
    /// Above everything else that runs here, so that only the machine itself can be what it waits for.
    void follow(int cpu);

    mutable std::mutex mutex_;
    disturbed_times times_; // under mutex_
    std::atomic<bool> stopping_{false};
    std::vector<std::thread> threads_;
};

} // namespace thalamus::test
