#include "net/timer.hpp"

namespace thalamus::net {

void timer::arm(time_point when) {
    deadline_ = when;
    if (is_linked()) {
        if (wake_ <= when) return; // checked again at wake_
        unlink();
    }
    wake_ = when;
    queue_.insert(*this);
}

void timer_queue::insert(timer& t) {
    if (t.wake_ <= expiring_) t.wake_ = expiring_ + clock::duration(1);
    queue_.insert(t);
    if (t.wake_ < asked_) {
        asked_ = t.wake_;
        wake_at_(asked_);
    }
}

void timer_queue::expire(time_point now) {
    expiring_ = now;
    while (!queue_.empty() && queue_.begin()->wake_ <= now) {
        timer& first = *queue_.begin();
        queue_.erase(queue_.begin());
        if (first.deadline_ > now) {
            if (first.armed()) {
                first.wake_ = first.deadline_;
                queue_.insert(first);
            }
            continue;
        }
        first.deadline_ = time_point::max();
        first.call_(); // may destroy this timer, and others
    }
    expiring_ = time_point::min();
    asked_ = queue_.empty() ? time_point::max() : queue_.begin()->wake_;
    if (asked_ != time_point::max()) wake_at_(asked_);
}

} // namespace thalamus::net
