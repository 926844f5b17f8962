#pragma once
// Takes one request through the rules of its route if the outcome is not known at once: rule by
// rule, waiting where needed. If a later rule rejects the request, or the request goes away, the
// permits it took are refunded. Owned by the code that decides about the request; ends with
// decided().

#include "policies/limits/limiter.hpp"

#include <vector>

namespace thalamus::limits {

class admission : private waiter {
public:
    using steps = std::vector<limiter::step>;
    admission(limiter& limiter, steps needed);
    /// Refunds the permits that were taken, unless the request was granted.
    virtual ~admission();
    admission(const admission&) = delete;
    admission& operator=(const admission&) = delete;

    void begin(time_point now) { proceed(false, now); }

protected:
    /// Called once: granted, refused or closed. May destroy this object.
    virtual void decided(const limiter::verdict& verdict) = 0;
    const steps& needed() const { return steps_; }

private:
    std::int64_t needs() const override { return 1; }
    void resume(time_point now) override { proceed(true, now); }
    void proceed(bool my_turn, time_point now);
    void put_all_back();

    limiter& limiter_;
    steps steps_;
    std::size_t next_ = 0;
};

} // namespace thalamus::limits
