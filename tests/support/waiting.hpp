#pragma once
// Waiting with an end: every wait of a test has a deadline, and a wait for a condition ends as soon
// as the condition holds.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace thalamus::test {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

/// What the helpers throw; GoogleTest reports it as the failure of the running test.
struct test_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// A deadline passed.
struct timed_out : test_error {
    using test_error::test_error;
};
/// The other side reset the connection, or closed it in the middle of something.
struct connection_lost : test_error {
    using test_error::test_error;
};

/// A point in time; made from a duration that starts now.
class deadline {
public:
    template <class Rep, class Period>
    deadline(std::chrono::duration<Rep, Period> in)
        : at_(std::chrono::steady_clock::now() +
              std::chrono::duration_cast<std::chrono::steady_clock::duration>(in)) {}
    bool passed() const { return std::chrono::steady_clock::now() >= at_; }
    /// Rounded up, so that a wait for it does not spin; never negative.
    milliseconds left() const {
        auto left = std::chrono::ceil<milliseconds>(at_ - std::chrono::steady_clock::now());
        return left < 0ms ? 0ms : left;
    }

private:
    std::chrono::steady_clock::time_point at_;
};

class stopwatch {
public:
    milliseconds elapsed() const {
        return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin_);
    }

private:
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// For conditions that nobody announces (a log line, a metric, a process): asks until it holds.
template <class Condition>
bool eventually(Condition holds, deadline until = 5s, milliseconds between = 2ms) {
    while (true) {
        if (holds()) return true;
        if (until.passed()) return false;
        std::this_thread::sleep_for(between);
    }
}

/// Closed until opened, once. Threads of a target wait at it for the test's word.
class gate {
public:
    void open() {
        std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    bool wait(deadline until = 10s) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, until.left(), [this] { return open_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
};

} // namespace thalamus::test
