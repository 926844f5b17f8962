#pragma once
// Runs CAF actors on reactors instead of CAF's own worker threads: a scheduler module that replaces
// CAF's, and actors that stay on the reactor where they were spawned, wherever their messages come
// from (CAF alone would resume them on the sender's thread). CAF 0.17 only: the interface is gone
// in CAF 1.x, so only this file and reactor.hpp may use it. For traps and their solutions see
// docs/architecture.md, "Actors on reactors".

#include "net/reactor.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>

#include <memory>
#include <vector>

namespace thalamus::net {

/// CAF's configuration with our scheduler loaded.
class runtime_config : public caf::actor_system_config {
public:
    explicit runtime_config(unsigned reactors);
    const unsigned reactors;
};

/// The reactors of a system that was created with runtime_config. Valid as long as the system.
const std::vector<std::unique_ptr<reactor>>& reactors_of(caf::actor_system& system);

/// Base of actors that own sockets or share state with their reactor: every message is handled on
/// the reactor that was given at spawn.
class pinned_actor : public caf::event_based_actor {
public:
    explicit pinned_actor(caf::actor_config& config)
        : caf::event_based_actor(config),
          home_(config.host) {}

    using caf::event_based_actor::enqueue;
    void enqueue(caf::mailbox_element_ptr message, caf::execution_unit*) override {
        caf::event_based_actor::enqueue(std::move(message), home_);
    }
    void enqueue(caf::strong_actor_ptr sender, caf::message_id id, caf::message content,
                 caf::execution_unit*) override {
        caf::event_based_actor::enqueue(std::move(sender), id, std::move(content), home_);
    }

private:
    caf::execution_unit* const home_; // outlives every actor: reactors stop last
};

/// Spawns a class derived from pinned_actor on a reactor. Any thread.
template <class Actor, class... Args>
caf::actor spawn_on(reactor& home, Args&&... args) {
    caf::actor_config config{&home};
    return home.system().spawn_class<Actor, caf::no_spawn_options>(config,
                                                                   std::forward<Args>(args)...);
}

} // namespace thalamus::net
