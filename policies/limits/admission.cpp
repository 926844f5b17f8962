#include "policies/limits/admission.hpp"

namespace thalamus::limits {

admission::admission(limiter& by, steps needed) : limiter_(by), steps_(std::move(needed)) {
    for (auto& s : steps_) ++s.at->uses;
}

admission::~admission() {
    put_all_back();
    for (auto& s : steps_) --s.at->uses;
}

void admission::proceed(bool my_turn, time_point now) {
    for (; next_ < steps_.size(); ++next_, my_turn = false) {
        auto& s = steps_[next_];
        const auto how = !my_turn && !s.at->waiting.empty()
                             ? limiter::verdict::outcome::wait // others came first
                             : limiter_.take(*s.at, s.taken, now);
        if (how == limiter::verdict::outcome::wait) {
            limiter_.wait_for(*s.at, *this, now); // may resume within this call, even to the end
            return;
        }
        s.over = how != limiter::verdict::outcome::granted;
        if (s.over && !s.dry_run) {
            put_all_back();
            decided({how, s.at});
            return;
        }
    }
    for (auto& s : steps_) s.taken.reset(); // spent
    decided({limiter::verdict::outcome::granted});
}

void admission::put_all_back() {
    for (auto& s : steps_)
        if (s.taken) limiter_.refund(*s.at, *std::exchange(s.taken, std::nullopt));
}

} // namespace thalamus::limits
