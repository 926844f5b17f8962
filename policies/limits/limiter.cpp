#include "policies/limits/limiter.hpp"

#include <algorithm>
#include <utility>

namespace thalamus::limits {

limiter::limiter(std::span<const rule> rules, source& from, const base::keyed_hash& hash,
                 std::size_t most)
    : rules_(rules),
      source_(from),
      hash_(hash),
      most_(most) {}

key_state& limiter::find(std::size_t rule, std::string_view key) {
    const auto hash = hash_(key, rule);
    if (const auto found = key_states_.find(name{rule, key, hash}); found != key_states_.end()) {
        auto& c = *found->second;
        by_use_.splice(by_use_.end(), by_use_, by_use_.iterator_to(c));
        return c;
    }
    make_room();
    auto made = std::make_unique<key_state>(rules_[rule], rule, key, hash);
    auto& c = *made;
    key_states_.emplace(name{rule, c.key, hash}, std::move(made));
    by_use_.push_back(c);
    return c;
}

/// Keys that are in use, such as those with waiters, are skipped.
void limiter::make_room() {
    constexpr int tries = 8;
    for (int i = 0; key_states_.size() >= most_ && i < tries && !by_use_.empty(); ++i) {
        auto& oldest = by_use_.front();
        if (oldest.uses > 0 || oldest.held.asked() || !oldest.waiting.empty()) {
            by_use_.splice(by_use_.end(), by_use_, by_use_.begin());
            continue;
        }
        give_up(oldest, time_point::max());
        by_use_.pop_front();
        key_states_.erase(name{oldest.rule_index, oldest.key, oldest.hash});
        return;
    }
}

limiter::verdict limiter::try_all(std::span<step> way, time_point now) {
    bool wait = false;
    for (auto& s : way) {
        const auto known = s.at->held.look(now);
        s.over = known == lease::state::empty || known == lease::state::closed;
        if (s.over && !s.dry_run)
            return {known == lease::state::empty ? verdict::outcome::refused
                                                 : verdict::outcome::closed,
                    s.at};
        wait |= known == lease::state::unknown || !s.at->waiting.empty();
    }
    if (wait) return {verdict::outcome::wait};
    for (auto& s : way)
        if (s.at->held.look(now) == lease::state::in_hand) {
            s.at->held.spend();
            ask(*s.at, now);
        }
    return {verdict::outcome::granted};
}

limiter::verdict::outcome limiter::take(key_state& from, std::optional<lease::permit>& into,
                                        time_point now) {
    into.reset();
    switch (from.held.look(now)) {
    case lease::state::in_hand: into = from.held.spend(); break;
    case lease::state::open: break;
    case lease::state::empty: return verdict::outcome::refused;
    case lease::state::closed: return verdict::outcome::closed;
    case lease::state::unknown: return verdict::outcome::wait;
    }
    return verdict::outcome::granted;
}

void limiter::wait_for(key_state& of, waiter& who, time_point now) {
    who.in_last_ask = false;
    of.waiting.push_back(who);
    ask(of, now);
}

void limiter::refund(key_state& to, const lease::permit& what) {
    if (to.held.refund(what)) return;
    source_.give_back(to, {1, what.ends});
    if (to.serving) to.given_back = true; // otherwise each waiter would cause another demand for it
    else to.held.doubt();
}

bool limiter::delegate(key_state& of, const demand& what, reply& into, time_point now) {
    switch (of.held.look(now)) {
    case lease::state::unknown: return false;
    case lease::state::open: into = {reply::kind::open, {}}; break;
    case lease::state::closed: into = {reply::kind::closed, {}}; break;
    case lease::state::empty:
    case lease::state::in_hand:
        into = {reply::kind::granted, of.held.delegate(what, now)};
        if (of.waiting.empty()) ask(of, now); // otherwise it is being served
        break;
    }
    return true;
}

void limiter::ask(key_state& of, time_point now) {
    if (of.held.asked()) return;
    std::int64_t needed = 0;
    for (auto& w : of.waiting) {
        needed += w.needs();
        w.in_last_ask = true;
    }
    // A waiter that only prefetches requires nothing, but waits all the same.
    if (!of.waiting.empty()) needed = std::max<std::int64_t>(needed, 1);
    if (const auto what = of.held.ask(of.by, needed, now)) source_.ask(of, *what);
}

void limiter::answered(key_state& of, const reply& r, time_point now) {
    of.held.answered(of.by, r, now);
    serve(of, now);
    note_held(of);
}

void limiter::serve(key_state& of, time_point now) {
    ++of.uses;
    of.serving = true;
    while (!of.waiting.empty()) {
        auto& first = of.waiting.front();
        // Required permits count as spent when granted, which may be before this waiter came.
        if (!first.in_last_ask && drop_needed(of)) of.held.doubt();
        if (of.held.look(now) == lease::state::unknown) break;
        of.waiting.pop_front();
        first.resume(now);
    }
    of.serving = false;
    // Not at once: waiters that require nothing leave one permit each time.
    if (drop_needed(of) | std::exchange(of.given_back, false))
        of.held.doubt(lease::soon(of.by, now));
    --of.uses;
    if (!of.waiting.empty()) ask(of, now);
}

bool limiter::drop_needed(key_state& of) {
    const auto left = of.held.drop_needed();
    if (left) source_.give_back(of, left);
    return static_cast<bool>(left);
}

void limiter::note_held(key_state& of) {
    const auto at = of.held.give_up_at();
    if (of.base::multiset_hook::is_linked()) {
        if (of.give_up_at <= at) return; // it is checked then, and scheduled again
        holding_.erase(holding_.iterator_to(of));
    }
    if (at == time_point::max()) return;
    of.give_up_at = at;
    holding_.insert(of);
}

void limiter::give_up(key_state& of, time_point now) {
    while (const auto left = of.held.give_up(now)) {
        source_.give_back(of, left);
        of.held.doubt();
    }
}

void limiter::sweep(time_point now) {
    while (!holding_.empty() && holding_.begin()->give_up_at <= now) {
        auto& c = *holding_.begin();
        holding_.erase(holding_.begin());
        give_up(c, now);
        note_held(c);
    }
}

time_point limiter::next_sweep() const {
    return holding_.empty() ? time_point::max() : holding_.begin()->give_up_at;
}

void limiter::doubt_all() {
    for (auto& c : by_use_) c.held.doubt();
}

void limiter::give_up_all() {
    for (auto& c : by_use_) give_up(c, time_point::max());
    holding_.clear();
}

} // namespace thalamus::limits
