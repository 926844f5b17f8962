#pragma once
// The stage that applies a route's `auth` and `require`: who may not pass gets 401 or 403, never a
// target. What takes time (an issuer's keys, a password, a service outside) is asked for, and the request
// waits for it within its deadline. One per reactor; made anew by the supervisor if it ends (what it
// remembers of tokens is lost then, and they are checked again).

#include "actors/identity/auth_lookups.hpp"
#include "net/actor_runtime.hpp"

#include <optional>
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
    void resume(pending& one);
    void resume_some();
    void copy_fields(exchange& ex, std::size_t way) const;
    void refuse(exchange& ex, const auth::decision& why) const;
    void count(const exchange& ex, const auth::decision& what) const;

    reactor_context& context_;
    auth::authenticator authenticator_;
    std::optional<auth_inquiries> inquiries_; // until this ends
    struct issuer {
        intrusive_list<pending> waiting;
        bool asked = false;
    };
    intrusive_list<pending> early_;    // before it was known what was revoked
    intrusive_list<pending> resuming_; // what they waited for is known
    intrusive_list<pending> asking_;   // about passwords, tokens, or requests as such
    std::vector<issuer> issuers_;      // by index into auth::ways::key_sources
};

} // namespace thalamus::actors
