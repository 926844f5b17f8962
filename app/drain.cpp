#include "app/drain.hpp"

#include <algorithm>

namespace thalamus::app {

namespace {
constexpr std::chrono::milliseconds look_again{25}, longest_accepting{5000};
}

drain::drain(net::reactor& home, actors::node_context& node, std::chrono::milliseconds limit,
             steps actions)
    : home_(home),
      node_(node),
      steps_(std::move(actions)),
      limit_(limit),
      timer_(home.timers(), base::bind<&drain::look>(this)) {
    node_.draining.store(true, std::memory_order_relaxed);
    steps_.tell_connections();
}

void drain::leave() {
    if (leaving_) return;
    leaving_ = true;
    // Load balancers that poll /ready need a moment to notice.
    accept_until_ = home_.now() + std::min(longest_accepting, limit_ / 6);
    end_ = home_.now() + limit_;
    timer_.arm(accept_until_);
}

void drain::look() {
    const auto now = home_.now();
    if (now >= end_) {
        steps_.done(node_.exchanges.load(std::memory_order_relaxed) == 0);
        return;
    }
    if (!closed_ && now >= accept_until_) {
        closed_ = true;
        steps_.close_listeners();
    }
    // Connections in a listener's accept queue are counted only when that listener has finished.
    if (closed_ && node_.open_listeners.load(std::memory_order_relaxed) > 0) {
        timer_.arm(now + look_again);
        return;
    }
    if (node_.connections.load(std::memory_order_relaxed) == 0) {
        steps_.done(true);
        return;
    }
    if (node_.exchanges.load(std::memory_order_relaxed) == 0) steps_.close_idle();
    timer_.arm(now + look_again);
}

} // namespace thalamus::app
