#pragma once
// Where a reactor's limiter gets its permits. Each key belongs to one reactor of the node, which
// takes permits from the store (its own, or through a peer) or grants them from this node's
// fallback quota; the other reactors ask that reactor. Owned by the reactor's rate limiter; used on
// that reactor only.

#include "actors/context.hpp"
#include "actors/limits/limit_messages.hpp"
#include "actors/limits/remote_ledger.hpp"
#include "base/lifetime_token.hpp"
#include "net/actor_runtime.hpp"
#include "store/store.hpp"

#include <memory>
#include <vector>

namespace thalamus::actors {

class permit_source final : public limits::limiter::source {
public:
    permit_source(reactor_context& context, net::pinned_actor& self);
    ~permit_source();
    /// `answered` is called after each reply, immediate or delayed.
    void serve(limits::limiter& whom, std::function<void()> answered) {
        limiter_ = &whom;
        answered_ = std::move(answered);
    }
    /// Must be called before the limiter is destroyed.
    void stop();

    // -- limiter::source -------------------------------------------------------------------------
    void request(limits::key_state& of, const limits::demand& what) override;
    void give_back(limits::key_state& of, const limits::lease::surplus& what) override;

    // -- from other reactors ---------------------------------------------------------------------
    void delegate(const delegate_request& what, const caf::actor& to);
    void lent(const delegated_permits& what);
    void returned(const returned_permits& what);
    /// Another reactor's limiter has ended, so its outstanding replies will not come.
    void lost(const caf::actor_addr& whom);

    void change(const limit_mode_changed& now);

private:
    class borrower;

    using mode = limits::limit_mode::mode;

    bool owns(const limits::key_state& of) const { return owner_of(of) == context_.home.index(); }
    unsigned owner_of(const limits::key_state& of) const;
    const caf::actor& limiter_of(unsigned reactor);
    void answer(limits::key_state& of, const limits::reply& what);
    void ask_store(limits::key_state& of, const limits::demand& what);
    void ask_owner(limits::key_state& of, const limits::demand& what);
    /// The reply if neither the store nor the key's reactor can be asked.
    limits::reply without_store(limits::key_state& of, const limits::demand& what);
    void give_back(std::size_t rule, const std::string& key, const limits::lease::surplus& what);
    /// The ledger that takes calls now; null if there is none.
    store::ledger* ledger_now();
    /// The ledger that the limit mode names: the node's own or a peer's.
    store::ledger* ledger_named();
    std::int64_t now_at_store() const;
    void learn_clock(const limits::rule& by, const limits::grant& from, net::clock::duration took);
    reactor_context& context_;
    net::pinned_actor& self_;
    limits::limiter* limiter_ = nullptr;
    std::function<void()> answered_;
    base::intrusive_list<borrower> borrowers_;
    std::optional<remote_ledger> peer_; // set with a cluster
    limits::limit_mode::decision limit_mode_;
    std::int64_t clock_ahead_ = 0; // the store's clock minus this machine's, in µs
    net::time_point clock_learnt_{};
    const caf::actor coordinator_;
    struct neighbour {
        caf::actor limiter;
        std::vector<limits::key_state*> asked;
    };
    std::vector<neighbour> neighbours_; // by reactor
    base::lifetime_token lifetime_;     // callbacks may arrive late
};

} // namespace thalamus::actors
