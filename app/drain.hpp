#pragma once
// Leaving without losing a request: not ready any more, accepting for a short while, then no new
// connections, then idle ones close as what is in flight ends. Bounded by timeouts.drain.
// On the first reactor.

#include "actors/context.hpp"

#include <functional>

namespace thalamus::app {

class drain {
public:
    struct steps {
        std::function<void()> tell_connections; ///< their next answer is the last
        std::function<void()> close_listeners;
        std::function<void()> close_idle;
        std::function<void(bool clean)> done; ///< only after leave()
    };

    /// Begins: readiness goes, connections are told.
    drain(net::reactor& home, actors::node_context& node, std::chrono::milliseconds limit,
          steps how);

    /// Stop for good when nothing is left, or when the time is up.
    void leave();

private:
    void look();

    net::reactor& home_;
    actors::node_context& node_;
    const steps how_;
    const std::chrono::milliseconds limit_;
    net::time_point accept_until_ = net::time_point::max();
    net::time_point end_ = net::time_point::max();
    bool leaving_ = false, closed_ = false;
    net::timer timer_;
};

} // namespace thalamus::app
