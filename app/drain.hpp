#pragma once
// Shuts down without losing a request: /ready fails, new connections are accepted for a short
// while, then the listeners close, and idle connections close once no exchange is in flight.
// Bounded by timeouts.drain. Runs on the first reactor.

#include "actors/context.hpp"

#include <functional>

namespace thalamus::app {

class drain {
public:
    struct steps {
        std::function<void()> tell_connections; ///< each closes after its next response
        std::function<void()> close_listeners;
        std::function<void()> close_idle;
        std::function<void(bool clean)> done; ///< called only after leave()
    };

    /// Starts the drain: /ready fails, and connections close after their next response.
    drain(net::reactor& home, actors::node_context& node, std::chrono::milliseconds limit,
          steps actions);

    /// Also stops the node: calls `done` when no connection is left or timeouts.drain has passed.
    void leave();

private:
    void look();

    net::reactor& home_;
    actors::node_context& node_;
    const steps steps_;
    const std::chrono::milliseconds limit_;
    net::time_point accept_until_ = net::time_point::max();
    net::time_point end_ = net::time_point::max();
    bool leaving_ = false, closed_ = false;
    net::timer timer_;
};

} // namespace thalamus::app
