#pragma once
// Keeps what was revoked and the API keys that were made (policies/auth/access) current: what this node is told
// through its admin port goes to the store and to all nodes, and what they and the store know comes here.
// Nobody is authenticated before it is complete. One per process, on the first reactor.

#include "actors/context.hpp"
#include "actors/identity/alive_peers.hpp"
#include "actors/identity/replicated_set.hpp"
#include "net/actor_runtime.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace thalamus::actors {

/// To an authenticator, once: what was revoked is known.
struct access_known {};

/// To the keeper, from the admin port; `then` on the first reactor.
struct revoke_access {
    auth::revocation what;
    std::function<void(shared_set::added)> then;
};
struct issue_key {
    std::string consumer;
    std::vector<std::string> groups;
    /// The key, shown this once. Not to be used if there was no room for it.
    std::function<void(shared_set::added, const auth::issued_key&, const std::string& key)> then;
};
/// An API key that was made.
struct revoke_key {
    auth::issued_key what;
    std::function<void(shared_set::added)> then;
};

class access_keeper_actor final : public net::pinned_actor {
public:
    access_keeper_actor(caf::actor_config& config, reactor_context& context);
    caf::behavior make_behavior() override;
    const char* name() const override { return "access-keeper"; }
    void on_exit() override;

private:
    void learned();
    void look_around();
    void sweep();

    reactor_context& context_;
    std::unique_ptr<shared_set> revoked_, keys_;
    std::optional<net::timer> sweep_timer_;
    alive_peers peers_;
    std::vector<caf::actor> waiting_; // authenticators
};

} // namespace thalamus::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::access_known)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::revoke_access)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::issue_key)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::revoke_key)
