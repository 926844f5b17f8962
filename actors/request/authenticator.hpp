#pragma once
// The stage that applies a route's `auth` and `require`: rejected requests get 401 or 403 and never
// reach a target. Slow lookups (an issuer's keys, a password, an external service) run
// asynchronously, and the request waits for them within its deadline. One per reactor; the
// supervisor replaces an authenticator that ends (its token cache is lost then, and tokens are
// checked again).

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
    using findings = std::vector<auth::lookup_result>;

    void decide(const exchange_ptr& exchange, findings found);
    void conclude(const exchange_ptr& exchange, auth::decision&& how);
    void ask(const exchange_ptr& exchange, auth::lookup&& what, findings found);
    void look_for_keys(std::size_t source);
    void resume(base::intrusive_list<pending>& which);
    void resume(pending& one);
    void resume_some();
    void copy_fields(exchange& ex, std::size_t auth_method) const;
    void refuse(exchange& ex, const auth::decision& why) const;
    void count(const exchange& ex, const auth::decision& what) const;

    reactor_context& context_;
    auth::authenticator authenticator_;
    std::optional<auth_lookups> lookups_; // until on_exit()
    struct issuer {
        base::intrusive_list<pending> waiting;
        bool asked = false;
    };
    base::intrusive_list<pending> early_;    // wait for revocations and API keys
    base::intrusive_list<pending> resuming_; // their lookups are done
    base::intrusive_list<pending>
        asking_;                  // wait for a password check, introspection or external auth
    std::vector<issuer> issuers_; // by index into auth::auth_methods::key_sources
};

} // namespace thalamus::actors
