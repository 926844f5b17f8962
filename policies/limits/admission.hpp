#pragma once
// One request's way through the rules of its route, where not all of it is known at once: rule by rule,
// waiting where it must. What was taken is put back if a later rule refuses, or if the request goes.
// Owned by whoever decides about the request; ends with decided().

#include "policies/limits/limiter.hpp"

#include <vector>

namespace thalamus::limits {

class admission : private waiter {
public:
    using steps = std::vector<limiter::step>;
    admission(limiter& by, steps way);
    /// Puts back what was taken, unless it was granted.
    virtual ~admission();
    admission(const admission&) = delete;
    admission& operator=(const admission&) = delete;

    void begin(time_point now) { proceed(false, now); }

protected:
    /// Once: granted, refused or closed. May destroy this. `by` as in limiter::verdict.
    virtual void decided(const limiter::verdict& how) = 0;
    const steps& way() const { return steps_; }

private:
    std::int64_t needs() const override { return 1; }
    void go_on(time_point now) override { proceed(true, now); }
    void proceed(bool my_turn, time_point now);
    void put_all_back();

    limiter& limiter_;
    steps steps_;
    std::size_t next_ = 0;
};

} // namespace thalamus::limits
