#include "net/connection_pool.hpp"

#include <algorithm>

namespace thalamus::net {

connection_pool::connection_pool(reactor& home, tcp_endpoint target,
                                 std::shared_ptr<connection_bound> bound,
                                 std::chrono::milliseconds idle,
                                 std::function<void(int)> on_idle_change)
    : home_(home),
      target_(std::move(target)),
      bound_(std::move(bound)),
      idle_time_(idle),
      on_idle_change_(std::move(on_idle_change)),
      timer_(home.timers(), base::bind<&connection_pool::sweep>(this)) {
    bound_->pools_.push_back(this);
}

connection_pool::~connection_pool() {
    std::erase(bound_->pools_, this);
    if (!idle_.empty()) idle_changed(-static_cast<int>(idle_.size()));
}

void connection_pool::idle_changed(int by) {
    bound_->idle_ += static_cast<std::size_t>(by);
    on_idle_change_(by);
}

std::unique_ptr<upstream_connection> connection_pool::take_idle() {
    while (!idle_.empty()) {
        auto connection = std::move(idle_.back().connection);
        idle_.pop_back();
        idle_changed(-1);
        if (!connection->fresh()) continue;
        ++bound_->lent_;
        return connection;
    }
    return nullptr;
}

std::unique_ptr<upstream_connection> connection_pool::make() {
    if (bound_->exhausted()) return nullptr;
    if (bound_->lent_ + bound_->idle_ >= bound_->max_) {
        const auto with_idle =
            std::ranges::find_if(bound_->pools_, [](const auto* p) { return !p->idle_.empty(); });
        (*with_idle)->close_oldest();
    }
    ++bound_->lent_;
    return std::make_unique<upstream_connection>(home_);
}

void connection_pool::give_back(std::unique_ptr<upstream_connection> connection, bool keep) {
    --bound_->lent_;
    if (!keep) return;
    connection->rest_with(*this);
    idle_.push_back({std::move(connection), home_.now()});
    idle_changed(1);
    if (!timer_.armed()) timer_.arm(home_.now() + idle_time_);
}

void connection_pool::close_oldest() {
    idle_.pop_front();
    idle_changed(-1);
}

// Closes connections that the target has closed, and connections idle for too long.
void connection_pool::sweep() {
    const auto now = home_.now();
    const auto gone = std::erase_if(idle_, [&](const resting& r) {
        return !r.connection->fresh() || now - r.since >= idle_time_;
    });
    if (gone > 0) idle_changed(-static_cast<int>(gone));
    if (!idle_.empty()) timer_.arm(idle_.front().since + idle_time_);
}

} // namespace thalamus::net
