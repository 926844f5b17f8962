#pragma once
// Lets callbacks that cannot be taken back find out whether their owner is still there: callbacks
// of the store, of the cluster, or posted to a reactor. The owner has the token as its last member,
// so that the token ends before the others when the owner is destroyed. Owner and callbacks belong
// to one thread, the owner's reactor: on another thread a callback could lose its owner while it
// runs.
//
// If the callee can return a handle that cancels when it is destroyed, prefer that.

#include <memory>
#include <type_traits>
#include <utility>

namespace thalamus::base {

class lifetime_token {
public:
    lifetime_token() = default;
    lifetime_token(const lifetime_token&) = delete;
    lifetime_token& operator=(const lifetime_token&) = delete;

    /// From now on guarded callbacks do nothing. The destructor does the same; an actor, which may
    /// be destroyed on any thread, calls this in on_exit().
    void end() { owner_.reset(); }

    /// Wraps `callback` so that a call after the owner's end does nothing and returns an empty
    /// result. What `callback` captures is still destroyed only with it.
    template <class F>
    auto guarded(F callback) const {
        return [owner = std::weak_ptr<const void>(owner_),
                callback = std::move(callback)]<class... Args>(
                   Args&&... args) -> std::invoke_result_t<const F&, Args...> {
            if (owner.expired()) return std::invoke_result_t<const F&, Args...>();
            return callback(std::forward<Args>(args)...);
        };
    }

private:
    std::shared_ptr<const void> owner_ = std::make_shared<char>();
};

} // namespace thalamus::base
