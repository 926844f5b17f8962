#include "policies/balancing/target_health.hpp"

#include <algorithm>
#include <limits>

namespace thalamus::balancing {

namespace {

using ticks = std::chrono::steady_clock::duration;

constexpr ticks longest_ejection = std::chrono::minutes(5);
constexpr auto relaxed = std::memory_order_relaxed;
/// The ejected_until of a target that was never ejected.
constexpr auto never = std::numeric_limits<ticks::rep>::min();

} // namespace

service_health::service_health(std::span<const std::uint32_t> weights,
                               std::optional<config::health_settings> health,
                               std::optional<config::outlier_settings> outlier)
    : size_(weights.size()),
      health_(std::move(health)),
      outlier_(outlier),
      targets_(std::make_unique<target[]>(size_)) {
    for (std::size_t i = 0; i < size_; ++i) {
        targets_[i].usable = weights[i] > 0;
        targets_[i].ejected_until.store(never, relaxed);
        targets_[i].warned_until.store(never, relaxed);
        usable_ += targets_[i].usable;
    }
}

void service_health::take_over(std::size_t index, const service_health& previous,
                               std::size_t previous_index) {
    auto& target = targets_[index];
    const auto& before = previous.targets_[previous_index];
    const auto copy = [](auto& value, const auto& old) { value.store(old.load(relaxed), relaxed); };
    copy(target.healthy, before.healthy);
    copy(target.probed, before.probed);
    copy(target.streak, before.streak);
    copy(target.failures, before.failures);
    copy(target.times, before.times);
    copy(target.ejected_until, before.ejected_until);
    copy(target.warned_until, before.warned_until);
}

void service_health::end_ejections_if_none_is_left(time_point now) {
    for (std::size_t i = 0; i < size_; ++i)
        if (targets_[i].usable && available(i, now)) return;
    for (std::size_t i = 0; i < size_; ++i) targets_[i].ejected_until.store(never, relaxed);
}

bool service_health::probed(std::size_t index, bool success) {
    auto& t = targets_[index];
    const bool first = !t.probed.exchange(true, relaxed);
    if (t.healthy.load(relaxed) == success) {
        t.streak.store(0, relaxed);
        return false;
    }
    const unsigned needed = !health_  ? 1
                            : success ? health_->healthy_after
                                      : health_->unhealthy_after;
    if (!first && t.streak.fetch_add(1, relaxed) + 1 < needed) return false;
    t.streak.store(0, relaxed);
    t.healthy.store(success, relaxed);
    return true;
}

bool service_health::report(std::size_t index, bool healthy) {
    auto& t = targets_[index];
    t.probed.store(true, relaxed);
    t.streak.store(0, relaxed);
    return t.healthy.exchange(healthy, relaxed) != healthy;
}

void service_health::warned(std::size_t index, time_point until) {
    targets_[index].warned_until.store(until.time_since_epoch().count(), relaxed);
}

bool service_health::failed(std::size_t index, time_point now) {
    if (!outlier_) return false;
    auto& t = targets_[index];
    const auto moment = now.time_since_epoch().count();
    if (moment < t.ejected_until.load(relaxed)) {
        t.failures.store(0, relaxed);
        return false;
    }
    const bool doubted = moment < t.warned_until.load(relaxed);
    const auto enough = doubted ? 1 : outlier_->consecutive_failures;
    if (t.failures.fetch_add(1, relaxed) + 1 < enough) return false;

    const std::lock_guard lock(ejecting_);
    std::size_t ejected = 0, others = 0;
    for (std::size_t i = 0; i < size_; ++i) {
        if (!targets_[i].usable) continue;
        ejected += moment < targets_[i].ejected_until.load(relaxed);
        others += i != index && available(i, now);
    }
    const auto until = t.ejected_until.load(relaxed);
    const bool already = moment < until; // another reactor ejected it meanwhile
    auto allowed = usable_ * outlier_->max_ejected / 100;
    if (allowed == 0 && outlier_->max_ejected > 0 && usable_ > 1) allowed = 1;
    if (already || others == 0 || ejected >= allowed) return false;

    // Each eject_for since the last return takes one off the count.
    const ticks step = outlier_->eject_for;
    auto times = t.times.load(relaxed);
    if (until != never && step.count() > 0) {
        const auto forgiven = (moment - until) / step.count();
        times = forgiven >= times ? 0 : times - static_cast<std::uint32_t>(forgiven);
    }
    ++times;
    const auto length = step >= longest_ejection / times ? longest_ejection : step * times;
    t.times.store(times, relaxed);
    t.failures.store(0, relaxed);
    t.ejected_until.store(moment + length.count(), relaxed);
    return true;
}

service_health::state service_health::look(std::size_t index, time_point now) const {
    const auto& t = targets_[index];
    state s;
    s.healthy = t.healthy.load(relaxed);
    s.consecutive_failures = t.failures.load(relaxed);
    s.times_ejected = t.times.load(relaxed);
    const auto until = t.ejected_until.load(relaxed);
    s.ejected = now.time_since_epoch().count() < until;
    if (s.ejected) s.ejected_until = time_point(ticks(until));
    return s;
}

std::optional<service_health::time_point> service_health::next_return(time_point now) const {
    std::optional<time_point> soonest;
    for (std::size_t i = 0; i < size_; ++i) {
        const auto s = look(i, now);
        if (targets_[i].usable && s.healthy && s.ejected)
            soonest = soonest ? std::min(*soonest, s.ejected_until) : s.ejected_until;
    }
    return soonest;
}

bool is_target_failure(unsigned status) {
    return status == 500 || (status >= 502 && status <= 504);
}

} // namespace thalamus::balancing
