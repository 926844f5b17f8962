#pragma once
// The stage that applies a route's `auth` and `require`: who may not pass gets 401 or 403, never a
// target. What takes time (an issuer's keys) is asked for, and the request waits for it within its
// deadline. One per reactor; made anew by the supervisor if it ends (what it remembers of tokens is lost
// then, and they are checked again).

#include "actors/context.hpp"
#include "actors/exchange.hpp"
#include "auth/authenticator.hpp"
#include "net/actor_runtime.hpp"

#include <vector>

namespace thalamus::actors {

class authenticator_actor final : public net::pinned_actor {
public:
    authenticator_actor(caf::actor_config& config, reactor_context& context);
    ~authenticator_actor() override;
    caf::behavior make_behavior() override;
    const char* name() const override { return "authenticator"; }
    void on_exit() override;

private:
    class pending;
    using findings = std::vector<auth::finding>;

    void decide(const baton& exchange, findings found);
    void conclude(const baton& exchange, auth::decision&& how);
    void ask(const baton& exchange, auth::question&& what, findings found);
    void look_for_keys(std::size_t source);
    void go_on(intrusive_list<pending>& which);
    void resume_some();
    void refuse(exchange& ex, const auth::decision& why) const;
    void count(const exchange& ex, const auth::decision& what) const;

    reactor_context& context_;
    auth::authenticator authenticator_;
    struct issuer {
        intrusive_list<pending> waiting;
        bool asked = false;
    };
    intrusive_list<pending> early_;    // before it was known what was revoked
    intrusive_list<pending> resuming_; // what they waited for is known
    intrusive_list<pending> checking_; // passwords
    std::vector<issuer> issuers_;      // by index into auth::ways::key_sources
};

} // namespace thalamus::actors
