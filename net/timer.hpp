#pragma once
// Deadlines that are very cheap to move. A timer that is armed for a later time than before keeps
// its place in the queue and is checked again at the earlier time, so that moving an idle deadline
// forward with each request is a single store. Owned by the object whose deadline it is; used on
// its reactor's thread only.

#include "base/bound_call.hpp"
#include "base/intrusive_multiset.hpp"

#include <chrono>

namespace thalamus::net {

class timer_queue;
using clock = std::chrono::steady_clock;
using time_point = clock::time_point;

class timer : public base::multiset_hook {
public:
    /// `call` is usually base::bind<&owner::on_timer>(this). It may destroy the timer.
    timer(timer_queue& queue, base::bound_call<> call) : queue_(queue), call_(call) {}
    timer(const timer&) = delete;
    timer& operator=(const timer&) = delete;

    /// Calls back once, at `when` or soon after, unless moved or disarmed before.
    void arm(time_point when);
    void disarm() { deadline_ = time_point::max(); }
    bool armed() const { return deadline_ != time_point::max(); }

private:
    friend class timer_queue;
    friend bool operator<(const timer& a, const timer& b) { return a.wake_ < b.wake_; }

    timer_queue& queue_;
    base::bound_call<> call_;
    time_point deadline_ = time_point::max(); // when to call back
    time_point wake_ = time_point::max();     // position in the queue: deadline_ or earlier
};

/// All timers of a reactor, with one wake-up for the first of them.
class timer_queue {
public:
    /// `wake_at` asks the owner to call expire() at that time.
    explicit timer_queue(base::bound_call<time_point> wake_at) : wake_at_(wake_at) {}

    /// Runs the timers that are due when it starts, each once: a callback that arms its timer for
    /// now runs again after others had their turn. Requests the next wake-up.
    void expire(time_point now);

private:
    friend class timer;
    void insert(timer& t);

    base::intrusive_multiset<timer> queue_;
    base::bound_call<time_point> wake_at_;
    time_point asked_ = time_point::max();
    time_point expiring_ = time_point::min(); // while expire() runs: its `now`
};

} // namespace thalamus::net
