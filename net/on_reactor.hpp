#pragma once
// From outside of the reactors: something done on one, waited for.

#include "net/reactor.hpp"

#include <future>

namespace thalamus::net {

/// Runs `f` on a reactor and waits for it; at once if that is where we are. Throws what it throws.
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
