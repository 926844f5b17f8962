#pragma once
// The connections of one reactor to one target: idle ones to use again, and a bound on all of them.
// Owned by the upstream actor of the target's service; that reactor's thread only.

#include "net/upstream_connection.hpp"

#include <deque>
#include <functional>
#include <memory>

namespace thalamus::net {

class connection_pool final : private upstream_connection::user {
public:
    /// `on_idle_change` hears by how much the number of idle connections changes.
    connection_pool(reactor& home, tcp_endpoint target, std::size_t max,
                    std::chrono::milliseconds idle, std::function<void(int)> on_idle_change);
    ~connection_pool();

    /// An idle connection that is still in order, the one used last first; null if there is none.
    std::unique_ptr<upstream_connection> take_idle();
    /// A new one, not yet connecting; null if `max` are open and lent.
    std::unique_ptr<upstream_connection> make();
    /// Takes a lent one back: kept if it may be used again, else closed.
    void give_back(std::unique_ptr<upstream_connection> connection, bool keep);

    const tcp_endpoint& target() const { return target_; }
    std::size_t idle() const { return idle_.size(); }
    std::size_t lent() const { return lent_; }
    std::size_t max() const { return max_; }

private:
    struct resting {
        std::unique_ptr<upstream_connection> connection;
        time_point since;
    };
    void on_upstream_ready() override { timer_.arm(home_.now()); } // an idle one: see sweep()
    void sweep();
    std::unique_ptr<upstream_connection> pop_idle();

    reactor& home_;
    const tcp_endpoint target_;
    const std::size_t max_;
    const std::chrono::milliseconds idle_time_;
    const std::function<void(int)> on_idle_change_;
    std::deque<resting> idle_; // the one used last at the back
    std::size_t lent_ = 0;
    timer timer_;
};

} // namespace thalamus::net
