#include "actors/upstream/service_targets.hpp"

#include <algorithm>

namespace thalamus::actors {

namespace {
std::vector<std::uint32_t> weights_of(const std::vector<target>& targets) {
    std::vector<std::uint32_t> weights;
    for (const auto& t : targets) weights.push_back(t.weight);
    return weights;
}
} // namespace

target_set::target_set(std::vector<target> t, const config::service_settings& settings,
                       const target_set* before, net::time_point now)
    : targets(std::move(t)),
      health(weights_of(targets), settings.health, settings.outlier),
      in_flight(new std::atomic<std::uint32_t>[targets.size()] {}) {
    if (!before) return;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const auto same = std::ranges::find(before->targets, targets[i].address, &target::address);
        if (same != before->targets.end())
            health.take_over(i, before->health,
                             static_cast<std::size_t>(same - before->targets.begin()));
    }
    health.end_ejections_if_none_is_left(now);
}

std::shared_ptr<target_set> service_targets::current() const {
    const std::lock_guard lock(mutex_);
    return current_;
}

void service_targets::replace(std::shared_ptr<target_set> with) {
    const std::lock_guard lock(mutex_);
    current_ = std::move(with);
}

} // namespace thalamus::actors
