#pragma once
// Runs a function on a reactor from outside, and waits for it.

#include "net/reactor.hpp"

#include <future>

namespace thalamus::net {

/// Runs `f` on the reactor and waits for it; at once if already there. Throws what `f` throws.
template <class F>
void on_reactor(reactor& home, F f) {
    if (home.is_current()) {
        f();
        return;
    }
    std::promise<void> ran;
    home.post([&] {
        try {
            f();
            ran.set_value();
        } catch (...) {
            ran.set_exception(std::current_exception());
        }
    });
    ran.get_future().get();
}

} // namespace thalamus::net
