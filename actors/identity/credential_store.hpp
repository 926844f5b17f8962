#pragma once
// Keeps the revocations and the issued API keys (policies/auth/credential_state.hpp) current:
// changes through the admin port of this node go to the store and to all nodes, and changes from
// them arrive here. No request is authenticated before both are loaded. One per process, on the
// first reactor.

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

/// To an authenticator, once: revocations and API keys are loaded.
struct access_known {};

/// From the admin port to the credential store; `then` is called on the first reactor.
struct revoke_access {
    auth::revocation what;
    std::function<void(replicated_set::added)> then;
};
struct issue_key {
    std::string consumer;
    std::vector<std::string> groups;
    /// Gets the API key, which is shown only this once. The key is invalid if there was no room for
    /// it.
    std::function<void(replicated_set::added, const auth::issued_key&, const std::string& key)>
        then;
};
/// For an issued API key.
struct revoke_key {
    auth::issued_key what;
    std::function<void(replicated_set::added)> then;
};

class credential_store final : public net::pinned_actor {
public:
    credential_store(caf::actor_config& config, reactor_context& context);
    caf::behavior make_behavior() override;
    const char* name() const override { return "credential-store"; }
    void on_exit() override;

private:
    void learned();
    void look_around();
    void sweep();

    reactor_context& context_;
    std::unique_ptr<replicated_set> revoked_, keys_;
    std::optional<net::timer> sweep_timer_;
    alive_peers peers_;
    std::vector<caf::actor> waiting_; // authenticators
};

} // namespace thalamus::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::access_known)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::revoke_access)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::issue_key)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::revoke_key)
