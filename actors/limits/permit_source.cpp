#include "actors/limits/permit_source.hpp"

#include "observe/program_log.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace thalamus::actors {

using limits::reply;

namespace {
observe::log_limit store_log{1};
/// What a peer adds to the time of its store.
constexpr std::chrono::milliseconds way_to_peer{20};
/// An answer of the store that says what its clock shows now.
constexpr std::chrono::milliseconds prompt{5};
} // namespace

/// Another reactor's ask that has to wait for an answer of the store.
class limit_authority::borrower final : public limits::waiter, public unlinking_hook {
public:
    borrower(limit_authority& of, limits::cell& from, lend_request what, caf::actor to)
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
    void go_on(limits::time_point now) override {
        lend_answer answer{asked_.of, {}};
        if (!authority_.limiter_->lend(from_, asked_.what, answer.what, now)) {
            authority_.limiter_->wait_for(from_, *this, now);
            return;
        }
        caf::anon_send(to_, std::move(answer));
        delete this;
    }

    limit_authority& authority_;
    limits::cell& from_;
    lend_request asked_;
    caf::actor to_;
};

limit_authority::limit_authority(reactor_context& context, net::pinned_actor& self)
    : context_(context),
      self_(self),
      keeper_(context.node.limit_keeper),
      neighbours_(context.node.limiters.size()) {
    if (context.node.cluster)
        peer_.emplace(context.home, *context.node.cluster,
                      context.node.plan.snapshot().store.timeout + way_to_peer);
}

limit_authority::~limit_authority() = default;

void limit_authority::stop() {
    *alive_ = false;
    context_.settlement->stop();
    while (!borrowers_.empty()) delete &borrowers_.front();
}

unsigned limit_authority::owner_of(const limits::cell& of) const {
    return static_cast<unsigned>((of.hash >> 32) % neighbours_.size());
}

void limit_authority::ask(limits::cell& of, const limits::demand& what) {
    if (owns(of)) ask_store(of, what);
    else ask_owner(of, what);
}

void limit_authority::answer(limits::cell& of, const reply& what) {
    limiter_->answered(of, what, context_.home.refresh_now());
    answered_();
}

// -- a key of this reactor -------------------------------------------------------------------------

store::ledger* limit_authority::ledger_now() {
    const bool in_use = standing_.how == mode::store || standing_.how == mode::peer;
    return in_use ? ledger_named() : nullptr;
}

store::ledger* limit_authority::ledger_named() {
    if (standing_.peer.empty()) return context_.store.get();
    return peer_ ? &*peer_ : nullptr;
}

void limit_authority::ask_store(limits::cell& of, const limits::demand& what) {
    auto* from = ledger_now();
    if (!from) {
        answer(of, without_store(of, what));
        return;
    }
    from->take(of.key, of.by, what,
               [this, &of, what, asked_at = context_.home.refresh_now(),
                alive = alive_](store::result<limits::grant> r) {
                   if (!*alive) return;
                   if (const auto* g = std::get_if<limits::grant>(&r)) {
                       learn_clock(of.by, *g, context_.home.refresh_now() - asked_at);
                       answer(of, {reply::kind::granted, *g});
                       return;
                   }
                   observe::log_limited(store_log, observe::log_level::warn,
                                        "limit {}: the store: {}", of.by.name,
                                        store::to_text(std::get<store::failure>(r)));
                   answer(of, without_store(of, what));
               });
}

reply limit_authority::without_store(limits::cell& of, const limits::demand& what) {
    using config::on_store_failure;
    const auto& settings = context_.node.plan.snapshot().rate_limits[of.rule_index];
    if (settings.failure == on_store_failure::open) return {reply::kind::open, {}};
    // Another reactor's share is not to be had here.
    const bool has_share = owns(of) && standing_.how != mode::isolated;
    if (settings.failure == on_store_failure::closed || !has_share)
        return {reply::kind::closed, {}};
    return {reply::kind::granted,
            context_.settlement->shares().take(of.rule_index, of.key, what, now_at_store())};
}

void limit_authority::give_back(limits::cell& of, const limits::lease::surplus& what) {
    if (owns(of)) {
        give_back(of.rule_index, of.key, what);
        return;
    }
    if (const auto& owner = limiter_of(owner_of(of)))
        caf::anon_send(owner, lend_return{of.rule_index, of.key, what});
}

/// If it fails the permits are lost, which lets nobody through.
void limit_authority::give_back(std::size_t rule, const std::string& key,
                                const limits::lease::surplus& what) {
    if (auto* to = ledger_now())
        to->give_back(key, context_.node.limits[rule], what.permits, what.ends,
                      [](store::result<store::done>) {});
    else if (auto& shares = context_.settlement->shares(); shares.funded())
        shares.give_back(rule, key, what.permits, what.ends, now_at_store());
}

// -- keys of other reactors ------------------------------------------------------------------------

const caf::actor& limit_authority::limiter_of(unsigned reactor) {
    auto& known = neighbours_[reactor].limiter;
    if (!known) {
        known = context_.node.limiters.get(reactor);
        if (known) self_.monitor(known);
    }
    return known;
}

void limit_authority::ask_owner(limits::cell& of, const limits::demand& what) {
    const auto owner = owner_of(of);
    if (const auto& whom = limiter_of(owner)) {
        neighbours_[owner].asked.push_back(&of);
        self_.send(whom, lend_request{of.rule_index, of.key, what, &of});
    } else {
        answer(of, without_store(of, what));
    }
}

void limit_authority::lend(const lend_request& what, const caf::actor& to) {
    auto& from = limiter_->find(what.rule, what.key);
    lend_answer now{what.of, {}};
    if (from.waiting.empty() &&
        limiter_->lend(from, what.what, now.what, context_.home.refresh_now())) {
        caf::anon_send(to, std::move(now));
        return;
    }
    auto* waiting = new borrower(*this, from, what, to);
    borrowers_.push_back(*waiting);
    waiting->begin();
}

void limit_authority::lent(const lend_answer& what) {
    for (auto& n : neighbours_) {
        const auto found = std::ranges::find(n.asked, what.of);
        if (found == n.asked.end()) continue;
        *found = n.asked.back();
        n.asked.pop_back();
        answer(*what.of, what.what);
        return;
    }
    // Given up when the owner seemed to be gone: the cell may be gone too.
}

void limit_authority::returned(const lend_return& what) {
    give_back(what.rule, what.key, what.what);
    limiter_->find(what.rule, what.key).held.doubt();
}

void limit_authority::lost(const caf::actor_addr& whom) {
    for (auto& n : neighbours_) {
        if (!n.limiter || n.limiter.address() != whom) continue;
        n.limiter = nullptr;
        for (auto* of : std::exchange(n.asked, {})) answer(*of, without_store(*of, {}));
    }
}

// -- the store, lost and found ---------------------------------------------------------------------

std::int64_t limit_authority::now_at_store() const {
    return std::chrono::duration_cast<limits::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
               .count() +
           clock_ahead_;
}

void limit_authority::learn_clock(const limits::rule& by, const limits::grant& from,
                                  net::clock::duration took) {
    using config::limit_algorithm;
    if (by.algorithm == limit_algorithm::sliding_window) return;
    const auto since = by.algorithm == limit_algorithm::token_bucket ? from.life : from.reset;
    auto behind = from.ends - since.count() - now_at_store();
    const auto now = context_.home.now();
    if (behind < 0 && (took > prompt || now - clock_learnt_ < std::chrono::seconds(10))) {
        // It may only seem to be behind, for the answer was on its way; by this much it is for certain.
        behind += std::chrono::ceil<limits::microseconds>(took).count();
        if (behind >= 0) return;
    }
    clock_ahead_ += behind;
    clock_learnt_ = now;
}

void limit_authority::change(const standing_now& now) {
    standing_ = now.what;
    limiter_->doubt_all();
    if (peer_) peer_->use(standing_.peer);
    auto& settlement = *context_.settlement;
    settlement.stop();
    if (standing_.how == mode::share) {
        settlement.shares().fund(standing_.place, now_at_store());
        return;
    }
    settlement.stop_sharing(now_at_store());
    if (standing_.how != mode::settling) return;
    auto* with = ledger_named();
    if (!with) return;
    settlement.begin(
        *with, [this] { return now_at_store(); },
        [this, number = now.number] {
            caf::anon_send(keeper_, limiter_settled{context_.home.index(), number});
        });
}

} // namespace thalamus::actors
