#pragma once
// Keeps the keys of issuers that publish them at a URL, and sends them to this node's
// authenticators. One per process, on the first reactor.

#include "actors/identity/alive_peers.hpp"
#include "actors/identity/jwks_messages.hpp"
#include "actors/identity/jwks_source.hpp"
#include "base/lifetime_token.hpp"
#include "net/actor_runtime.hpp"

#include <memory>
#include <string>
#include <vector>

namespace thalamus::actors {

class jwks_manager final : public net::pinned_actor {
public:
    jwks_manager(caf::actor_config& config, reactor_context& context);
    caf::behavior make_behavior() override;
    const char* name() const override { return "jwks-manager"; }
    void on_exit() override;

private:
    void join_cluster();
    void look_around();
    std::string owner_of(const std::string& url) const;
    jwks_source* find(const std::string& url);
    void tell(const caf::actor& who, std::size_t source);

    reactor_context& context_;
    std::vector<std::unique_ptr<jwks_source>> sources_; // by index into auth_methods::key_sources
    std::vector<caf::actor> authenticators_;
    alive_peers peers_;
    base::lifetime_token lifetime_; // messages may arrive late
};

} // namespace thalamus::actors
