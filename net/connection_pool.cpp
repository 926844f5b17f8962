#include "net/connection_pool.hpp"

#include <algorithm>

namespace thalamus::net {

connection_pool::connection_pool(reactor& home, tcp_endpoint target, std::size_t max,
                                 std::chrono::milliseconds idle)
    : home_(home), target_(std::move(target)), max_(max), idle_time_(idle),
      timer_(home.timers(), [](void* self) { static_cast<connection_pool*>(self)->sweep(); }, this) {
}

std::unique_ptr<upstream_connection> connection_pool::take_idle() {
    while (!idle_.empty()) {
        auto connection = std::move(idle_.back().connection);
        idle_.pop_back();
        if (!connection->fresh()) continue;
        ++lent_;
        return connection;
    }
    return nullptr;
}

std::unique_ptr<upstream_connection> connection_pool::make() {
    if (lent_ >= max_) return nullptr;
    if (lent_ + idle_.size() >= max_) idle_.pop_front();
    ++lent_;
    return std::make_unique<upstream_connection>(home_);
}

void connection_pool::give_back(std::unique_ptr<upstream_connection> connection, bool keep) {
    --lent_;
    if (!keep) return;
    connection->lend_to(nullptr);
    connection->answer_body().rest();
    idle_.push_back({std::move(connection), home_.now()});
    if (!timer_.armed()) timer_.arm(home_.now() + idle_time_);
}

// Connections that the target closed are dropped when they are met; this also frees those that
// nobody comes for.
void connection_pool::sweep() {
    const auto now = home_.now();
    std::erase_if(idle_, [&](const resting& r) {
        return !r.connection->fresh() || now - r.since >= idle_time_;
    });
    if (!idle_.empty()) {
        const auto oldest = std::ranges::min_element(idle_, {}, &resting::since);
        timer_.arm(oldest->since + idle_time_);
    }
}

} // namespace thalamus::net
