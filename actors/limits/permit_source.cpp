#include "actors/limits/permit_source.hpp"

#include "actors/limits/reconciliation.hpp"
#include "observe/program_log.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace thalamus::actors {

using limits::reply;

namespace {
observe::log_limit store_log{1};
/// Added to the store's timeout for calls through a peer.
constexpr std::chrono::milliseconds way_to_peer{20};
/// A store reply within this time shows the store's current clock.
constexpr std::chrono::milliseconds prompt{5};
} // namespace

/// Another reactor's request for permits that waits for a reply from the store.
class permit_source::borrower final : public limits::waiter, public base::list_hook<> {
public:
    borrower(permit_source& of, limits::key_state& from, delegate_request what, caf::actor to)
        : authority_(of),
          from_(from),
          asked_(std::move(what)),
          to_(std::move(to)) {
        ++from_.uses;
    }
    ~borrower() override { --from_.uses; }

    void begin() {
        authority_.limiter_->wait_for(from_, *this, authority_.context_.home.refresh_now());
    }

private:
    std::int64_t needs() const override { return asked_.what.need; }
    void resume(limits::time_point now) override {
        delegated_permits answer{asked_.of, {}};
        if (!authority_.limiter_->delegate(from_, asked_.what, answer.what, now)) {
            authority_.limiter_->wait_for(from_, *this, now);
            return;
        }
        caf::anon_send(to_, std::move(answer));
        delete this;
    }

    permit_source& authority_;
    limits::key_state& from_;
    delegate_request asked_;
    caf::actor to_;
};

permit_source::permit_source(reactor_context& context, net::pinned_actor& self)
    : context_(context),
      self_(self),
      coordinator_(context.node.limit_mode_coordinator),
      neighbours_(context.node.limiters.size()) {
    if (context.node.cluster)
        peer_.emplace(context.home, *context.node.cluster,
                      context.node.plan.snapshot().store.timeout + way_to_peer);
}

permit_source::~permit_source() = default;

void permit_source::stop() {
    lifetime_.end();
    context_.quota_reconciliation->stop();
    while (!borrowers_.empty()) delete &borrowers_.front();
}

unsigned permit_source::owner_of(const limits::key_state& of) const {
    return static_cast<unsigned>((of.hash >> 32) % neighbours_.size());
}

void permit_source::request(limits::key_state& of, const limits::demand& what) {
    if (owns(of)) ask_store(of, what);
    else ask_owner(of, what);
}

void permit_source::answer(limits::key_state& of, const reply& what) {
    limiter_->on_reply(of, what, context_.home.refresh_now());
    answered_();
}

// -- keys of this reactor -------------------------------------------------------------------------

store::ledger* permit_source::ledger_now() {
    const bool in_use = limit_mode_.mode == mode::store || limit_mode_.mode == mode::peer;
    return in_use ? ledger_named() : nullptr;
}

store::ledger* permit_source::ledger_named() {
    if (limit_mode_.peer.empty()) return context_.store.get();
    return peer_ ? &*peer_ : nullptr;
}

void permit_source::ask_store(limits::key_state& of, const limits::demand& what) {
    auto* from = ledger_now();
    if (!from) {
        answer(of, without_store(of, what));
        return;
    }
    from->take(of.key, of.rule, what,
               lifetime_.guarded([this, &of, what, asked_at = context_.home.refresh_now()](
                                     store::result<limits::grant> r) {
                   if (const auto* g = std::get_if<limits::grant>(&r)) {
                       learn_clock(of.rule, *g, context_.home.refresh_now() - asked_at);
                       answer(of, {reply::kind::granted, *g});
                       return;
                   }
                   observe::log_limited(store_log, observe::log_level::warn,
                                        "limit {}: store call failed: {}", of.rule.name,
                                        store::to_text(std::get<store::failure>(r)));
                   answer(of, without_store(of, what));
               }));
}

reply permit_source::without_store(limits::key_state& of, const limits::demand& what) {
    using config::on_store_failure;
    const auto& settings = context_.node.plan.snapshot().rate_limits[of.rule_index];
    if (settings.failure == on_store_failure::open) return {reply::kind::open, {}};
    // The fallback quota of another reactor's key is not available here.
    const bool has_quota = owns(of) && limit_mode_.mode != mode::no_quorum;
    if (settings.failure == on_store_failure::closed || !has_quota)
        return {reply::kind::closed, {}};
    return {reply::kind::granted,
            context_.fallback_quota->take(of.rule_index, of.key, what, now_at_store())};
}

void permit_source::give_back(limits::key_state& of, const limits::lease::surplus& what) {
    if (owns(of)) {
        give_back(of.rule_index, of.key, what);
        return;
    }
    if (const auto& owner = limiter_of(owner_of(of)))
        caf::anon_send(owner, returned_permits{of.rule_index, of.key, what});
}

/// On failure the permits are lost, which is safe: fewer requests pass.
void permit_source::give_back(std::size_t rule, const std::string& key,
                              const limits::lease::surplus& what) {
    if (auto* to = ledger_now())
        to->give_back(key, context_.node.limits[rule], what.permits, what.ends,
                      [](store::result<store::done>) {});
    else if (auto& quota = *context_.fallback_quota; quota.funded())
        quota.give_back(rule, key, what.permits, what.ends, now_at_store());
}

// -- keys of other reactors -----------------------------------------------------------------------

const caf::actor& permit_source::limiter_of(unsigned reactor) {
    auto& known = neighbours_[reactor].limiter;
    if (!known) {
        known = context_.node.limiters.get(reactor);
        if (known) self_.monitor(known);
    }
    return known;
}

void permit_source::ask_owner(limits::key_state& of, const limits::demand& what) {
    const auto owner = owner_of(of);
    if (const auto& whom = limiter_of(owner)) {
        neighbours_[owner].asked.push_back(&of);
        self_.send(whom, delegate_request{of.rule_index, of.key, what, &of});
    } else {
        answer(of, without_store(of, what));
    }
}

void permit_source::delegate(const delegate_request& what, const caf::actor& to) {
    auto& from = limiter_->find(what.rule, what.key);
    delegated_permits now{what.of, {}};
    if (from.waiting.empty() &&
        limiter_->delegate(from, what.what, now.what, context_.home.refresh_now())) {
        caf::anon_send(to, std::move(now));
        return;
    }
    auto* waiting = new borrower(*this, from, what, to);
    borrowers_.push_back(*waiting);
    waiting->begin();
}

void permit_source::lent(const delegated_permits& what) {
    for (auto& n : neighbours_) {
        const auto found = std::ranges::find(n.asked, what.of);
        if (found == n.asked.end()) continue;
        *found = n.asked.back();
        n.asked.pop_back();
        answer(*what.of, what.what);
        return;
    }
    // The request was failed when its owner seemed to have ended; its key state may be gone too.
}

void permit_source::returned(const returned_permits& what) {
    give_back(what.rule, what.key, what.what);
    limiter_->find(what.rule, what.key).held.invalidate();
}

void permit_source::lost(const caf::actor_addr& whom) {
    for (auto& n : neighbours_) {
        if (!n.limiter || n.limiter.address() != whom) continue;
        n.limiter = nullptr;
        for (auto* of : std::exchange(n.asked, {})) answer(*of, without_store(*of, {}));
    }
}

// -- losing and regaining the store ---------------------------------------------------------------

std::int64_t permit_source::now_at_store() const {
    return std::chrono::duration_cast<limits::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
               .count() +
           clock_ahead_;
}

void permit_source::learn_clock(const limits::rule& by, const limits::grant& from,
                                net::clock::duration took) {
    using config::limit_algorithm;
    if (by.algorithm == limit_algorithm::sliding_window) return;
    const auto since = by.algorithm == limit_algorithm::token_bucket ? from.life : from.reset;
    auto behind = from.ends - since.count() - now_at_store();
    const auto now = context_.home.now();
    if (behind < 0 && (took > prompt || now - clock_learnt_ < std::chrono::seconds(10))) {
        // Part of the lag may be transit time; subtract it.
        behind += std::chrono::ceil<limits::microseconds>(took).count();
        if (behind >= 0) return;
    }
    clock_ahead_ += behind;
    clock_learnt_ = now;
}

void permit_source::change(const limit_mode_changed& now) {
    limit_mode_ = now.what;
    limiter_->invalidate_all();
    if (peer_) peer_->use(limit_mode_.peer);
    auto& reconciliation = *context_.quota_reconciliation;
    reconciliation.stop();
    if (limit_mode_.mode == mode::share) {
        context_.fallback_quota->fund(limit_mode_.place, now_at_store());
        return;
    }
    const auto now_there = now_at_store();
    reconciliation.add(context_.fallback_quota->take_debts(now_there), now_there);
    if (limit_mode_.mode != mode::reconciling) return;
    auto* with = ledger_named();
    if (!with) return;
    reconciliation.begin(
        *with, [this] { return now_at_store(); },
        [this, number = now.number] {
            caf::anon_send(coordinator_, limiter_reconciled{context_.home.index(), number});
        });
}

} // namespace thalamus::actors
