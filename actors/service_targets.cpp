#include "actors/service_targets.hpp"

namespace thalamus::actors {

target_set::target_set(std::vector<target> t, const config::service_settings& settings)
    : targets(std::move(t)), health(targets.size(), settings.health, settings.outlier),
      in_flight(new std::atomic<std::uint32_t>[targets.size()] {}) {}

std::shared_ptr<target_set> service_targets::current() const {
    const std::lock_guard lock(mutex_);
    return current_;
}

void service_targets::replace(std::shared_ptr<target_set> with) {
    const std::lock_guard lock(mutex_);
    current_ = std::move(with);
}

} // namespace thalamus::actors
