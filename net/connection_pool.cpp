#include "net/connection_pool.hpp"

#include <algorithm>

namespace thalamus::net {

connection_pool::connection_pool(reactor& home, tcp_endpoint target, std::size_t max,
                                 std::chrono::milliseconds idle,
                                 std::function<void(int)> on_idle_change)
    : home_(home), target_(std::move(target)), max_(max), idle_time_(idle),
      on_idle_change_(std::move(on_idle_change)),
      timer_(home.timers(), [](void* self) { static_cast<connection_pool*>(self)->sweep(); }, this) {
}

connection_pool::~connection_pool() { on_idle_change_(-static_cast<int>(idle_.size())); }

std::unique_ptr<upstream_connection> connection_pool::pop_idle() {
    auto connection = std::move(idle_.back().connection);
    idle_.pop_back();
    on_idle_change_(-1);
    return connection;
}

std::unique_ptr<upstream_connection> connection_pool::take_idle() {
    while (!idle_.empty()) {
        auto connection = pop_idle();
        if (!connection->fresh()) continue;
        ++lent_;
        return connection;
    }
    return nullptr;
}

std::unique_ptr<upstream_connection> connection_pool::make() {
    if (lent_ >= max_) return nullptr;
    if (lent_ + idle_.size() >= max_) pop_idle(); // kept-alive ones make room
    ++lent_;
    return std::make_unique<upstream_connection>(home_);
}

void connection_pool::give_back(std::unique_ptr<upstream_connection> connection, bool keep) {
    --lent_;
    if (!keep) return;
    connection->rest_with(*this);
    idle_.push_back({std::move(connection), home_.now()});
    on_idle_change_(1);
    if (!timer_.armed()) timer_.arm(home_.now() + idle_time_);
}

// Closes those that the target has closed and those that nobody came for.
void connection_pool::sweep() {
    const auto now = home_.now();
    const auto gone = std::erase_if(idle_, [&](const resting& r) {
        return !r.connection->fresh() || now - r.since >= idle_time_;
    });
    if (gone > 0) on_idle_change_(-static_cast<int>(gone));
    if (!idle_.empty()) {
        const auto oldest = std::ranges::min_element(idle_, {}, &resting::since);
        timer_.arm(oldest->since + idle_time_);
    }
}

} // namespace thalamus::net
