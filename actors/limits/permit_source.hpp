#pragma once
// Where the limiter of a reactor gets its budgets: each key belongs to one reactor of the node, which
// asks the store for it (its own, or through a peer), or grants from this node's share; the others ask
// that reactor. Owned by the reactor's rate limiter, used on that reactor only.

#include "actors/context.hpp"
#include "actors/limits/limit_messages.hpp"
#include "actors/limits/remote_ledger.hpp"
#include "net/actor_runtime.hpp"
#include "store/store.hpp"

#include <memory>
#include <vector>

namespace thalamus::actors {

class limit_authority final : public limits::limiter::source {
public:
    limit_authority(reactor_context& context, net::pinned_actor& self);
    ~limit_authority();
    /// `answered` is called after each answer, also of calls that took their time.
    void serve(limits::limiter& whom, std::function<void()> answered) {
        limiter_ = &whom;
        answered_ = std::move(answered);
    }
    /// Before the limiter goes.
    void stop();

    // -- limiter::source -------------------------------------------------------------------------
    void ask(limits::cell& of, const limits::demand& what) override;
    void give_back(limits::cell& of, const limits::lease::surplus& what) override;

    // -- from other reactors ---------------------------------------------------------------------
    void lend(const lend_request& what, const caf::actor& to);
    void lent(const lend_answer& what);
    void returned(const lend_return& what);
    /// Another reactor's limiter has ended: what it was asked for will not come.
    void lost(const caf::actor_addr& whom);

    void change(const standing_now& now);

private:
    class borrower;

    using mode = limits::standing::mode;

    bool owns(const limits::cell& of) const { return owner_of(of) == context_.home.index(); }
    unsigned owner_of(const limits::cell& of) const;
    const caf::actor& limiter_of(unsigned reactor);
    void answer(limits::cell& of, const limits::reply& what);
    void ask_store(limits::cell& of, const limits::demand& what);
    void ask_owner(limits::cell& of, const limits::demand& what);
    /// What is said where neither the store nor the key's reactor can be asked.
    limits::reply without_store(limits::cell& of, const limits::demand& what);
    void give_back(std::size_t rule, const std::string& key, const limits::lease::surplus& what);
    /// The ledger that takes calls now; null if none does.
    store::ledger* ledger_now();
    /// The one that the standing names: the node's own, or a peer's.
    store::ledger* ledger_named();
    std::int64_t now_at_store() const;
    void learn_clock(const limits::rule& by, const limits::grant& from, net::clock::duration took);
    reactor_context& context_;
    net::pinned_actor& self_;
    limits::limiter* limiter_ = nullptr;
    std::function<void()> answered_;
    intrusive_list<borrower> borrowers_;
    std::optional<peer_ledger> peer_; // with a cluster
    limits::standing::decision standing_;
    std::int64_t clock_ahead_ = 0; // of the store before this machine, in µs
    net::time_point clock_learnt_{};
    const caf::actor keeper_;
    struct neighbour {
        caf::actor limiter;
        std::vector<limits::cell*> asked;
    };
    std::vector<neighbour> neighbours_;                          // by reactor
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true); // what calls back may come late
};

} // namespace thalamus::actors
