#pragma once
// The connections of one reactor to one target; idle ones are reused. A connection_bound limits how
// many may be open at once; pools share it if the limit applies to a whole service. Owned by the
// upstream actor of the target's service; that reactor's thread only.

#include "net/upstream_connection.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace thalamus::net {

class connection_pool;

class connection_bound {
public:
    explicit connection_bound(std::size_t max) : max_(max) {}
    std::size_t lent() const { return lent_; }
    std::size_t max() const { return max_; }
    bool exhausted() const { return lent_ >= max_; }

private:
    friend class connection_pool;
    const std::size_t max_;
    std::size_t lent_ = 0, idle_ = 0;
    std::vector<connection_pool*> pools_; // the pools that share it
};

class connection_pool final : private upstream_connection::user {
public:
    /// `on_idle_change` is called with the change in the number of idle connections.
    connection_pool(reactor& home, tcp_endpoint target, std::shared_ptr<connection_bound> bound,
                    std::chrono::milliseconds idle, std::function<void(int)> on_idle_change);
    ~connection_pool();

    /// A usable idle connection, the most recently used first; null if there is none.
    std::unique_ptr<upstream_connection> take_idle();
    /// A new connection, not yet connecting; null at the limit. An idle connection is closed to
    /// make room.
    std::unique_ptr<upstream_connection> make();
    /// Takes a borrowed connection back: kept if it may be reused, otherwise closed.
    void give_back(std::unique_ptr<upstream_connection> connection, bool keep);

    const tcp_endpoint& target() const { return target_; }
    const connection_bound& bound() const { return *bound_; }

private:
    struct resting {
        std::unique_ptr<upstream_connection> connection;
        time_point since;
    };
    void on_upstream_ready() override { timer_.arm(home_.now()); } // one is idle: see sweep()
    void sweep();
    void close_oldest();
    void idle_changed(int by);

    reactor& home_;
    const tcp_endpoint target_;
    const std::shared_ptr<connection_bound> bound_;
    const std::chrono::milliseconds idle_time_;
    const std::function<void(int)> on_idle_change_;
    std::deque<resting> idle_; // in the order of `since`
    timer timer_;
};

} // namespace thalamus::net
