#pragma once
// The stage that applies a route's `auth` and `require`: who may not pass gets 401 or 403, never a
// target. One per reactor; made anew by the supervisor if it ends (what it remembers of tokens is lost
// then, and they are checked again).

#include "actors/context.hpp"
#include "actors/exchange.hpp"
#include "auth/authenticator.hpp"
#include "net/actor_runtime.hpp"

namespace thalamus::actors {

class authenticator_actor final : public net::pinned_actor {
public:
    authenticator_actor(caf::actor_config& config, reactor_context& context);
    caf::behavior make_behavior() override;
    const char* name() const override { return "authenticator"; }

private:
    void decide(exchange& ex);
    void refuse(exchange& ex, const auth::decision& why) const;
    void count(const exchange& ex, const auth::decision& what) const;

    reactor_context& context_;
    auth::authenticator authenticator_;
};

} // namespace thalamus::actors
