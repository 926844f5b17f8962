#include "policies/limits/admission.hpp"

namespace thalamus::limits {

admission::admission(limiter& limiter, steps needed)
    : limiter_(limiter),
      steps_(std::move(needed)) {
    for (auto& s : steps_) ++s.key->uses;
}

admission::~admission() {
    put_all_back();
    for (auto& s : steps_) --s.key->uses;
}

void admission::proceed(bool my_turn, time_point now) {
    for (; next_ < steps_.size(); ++next_, my_turn = false) {
        auto& s = steps_[next_];
        const auto result = !my_turn && !s.key->waiting.empty()
                                ? limiter::verdict::outcome::wait // others came first
                                : limiter_.take(*s.key, s.taken, now);
        if (result == limiter::verdict::outcome::wait) {
            limiter_.wait_for(*s.key, *this, now); // may resume within this call, even to the end
            return;
        }
        s.over = result != limiter::verdict::outcome::granted;
        if (s.over && !s.dry_run) {
            put_all_back();
            decided({result, s.key});
            return;
        }
    }
    for (auto& s : steps_) s.taken.reset(); // spent
    decided({limiter::verdict::outcome::granted});
}

void admission::put_all_back() {
    for (auto& s : steps_)
        if (s.taken) limiter_.refund(*s.key, *std::exchange(s.taken, std::nullopt));
}

} // namespace thalamus::limits
