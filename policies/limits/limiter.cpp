#include "policies/limits/limiter.hpp"

#include <algorithm>
#include <utility>

namespace thalamus::limits {

limiter::limiter(std::span<const rule> rules, source& source, const base::keyed_hash& hash,
                 std::size_t most)
    : rules_(rules),
      source_(source),
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
        if (oldest.uses > 0 || oldest.held.awaits_reply() || !oldest.waiting.empty()) {
            by_use_.splice(by_use_.end(), by_use_, by_use_.begin());
            continue;
        }
        give_up(oldest, time_point::max());
        by_use_.pop_front();
        key_states_.erase(name{oldest.rule_index, oldest.key, oldest.hash});
        return;
    }
}

limiter::verdict limiter::try_all(std::span<step> steps, time_point now) {
    bool wait = false;
    for (auto& s : steps) {
        const auto known = s.key->held.look(now);
        s.over = known == lease::state::empty || known == lease::state::closed;
        if (s.over && !s.dry_run)
            return {known == lease::state::empty ? verdict::outcome::refused
                                                 : verdict::outcome::closed,
                    s.key};
        wait |= known == lease::state::unknown || !s.key->waiting.empty();
    }
    if (wait) return {verdict::outcome::wait};
    for (auto& s : steps)
        if (s.key->held.look(now) == lease::state::in_hand) {
            s.key->held.spend();
            request(*s.key, now);
        }
    return {verdict::outcome::granted};
}

limiter::verdict::outcome limiter::take(key_state& key, std::optional<lease::permit>& permit,
                                        time_point now) {
    permit.reset();
    switch (key.held.look(now)) {
    case lease::state::in_hand: permit = key.held.spend(); break;
    case lease::state::open: break;
    case lease::state::empty: return verdict::outcome::refused;
    case lease::state::closed: return verdict::outcome::closed;
    case lease::state::unknown: return verdict::outcome::wait;
    }
    return verdict::outcome::granted;
}

void limiter::wait_for(key_state& key, waiter& waiter, time_point now) {
    waiter.in_last_request = false;
    key.waiting.push_back(waiter);
    request(key, now);
}

void limiter::refund(key_state& key, const lease::permit& permit) {
    if (key.held.refund(permit)) return;
    source_.give_back(key, {1, permit.ends});
    if (key.serving)
        key.given_back = true; // otherwise each waiter would cause another demand for it
    else key.held.invalidate();
}

bool limiter::delegate(key_state& key, const demand& demand, reply& result, time_point now) {
    switch (key.held.look(now)) {
    case lease::state::unknown: return false;
    case lease::state::open: result = {reply::kind::open, {}}; break;
    case lease::state::closed: result = {reply::kind::closed, {}}; break;
    case lease::state::empty:
    case lease::state::in_hand:
        result = {reply::kind::granted, key.held.delegate(demand, now)};
        if (key.waiting.empty()) request(key, now); // otherwise it is being served
        break;
    }
    return true;
}

void limiter::request(key_state& key, time_point now) {
    if (key.held.awaits_reply()) return;
    std::int64_t needed = 0;
    for (auto& w : key.waiting) {
        needed += w.needs();
        w.in_last_request = true;
    }
    // A waiter that only prefetches requires nothing, but waits all the same.
    if (!key.waiting.empty()) needed = std::max<std::int64_t>(needed, 1);
    if (const auto demand = key.held.request(key.rule, needed, now)) source_.request(key, *demand);
}

void limiter::on_reply(key_state& key, const reply& r, time_point now) {
    key.held.on_reply(key.rule, r, now);
    serve(key, now);
    note_held(key);
}

void limiter::serve(key_state& key, time_point now) {
    ++key.uses;
    key.serving = true;
    while (!key.waiting.empty()) {
        auto& first = key.waiting.front();
        // Required permits count as spent when granted, which may be before this waiter came.
        if (!first.in_last_request && drop_needed(key)) key.held.invalidate();
        if (key.held.look(now) == lease::state::unknown) break;
        key.waiting.pop_front();
        first.resume(now);
    }
    key.serving = false;
    // Not at once: waiters that require nothing leave one permit each time.
    const bool was_given_back = std::exchange(key.given_back, false);
    if (drop_needed(key) || was_given_back) key.held.invalidate(lease::soon(key.rule, now));
    --key.uses;
    if (!key.waiting.empty()) request(key, now);
}

bool limiter::drop_needed(key_state& key) {
    const auto left = key.held.drop_needed();
    if (left) source_.give_back(key, left);
    return static_cast<bool>(left);
}

void limiter::note_held(key_state& key) {
    const auto time = key.held.give_up_at();
    if (key.base::multiset_hook::is_linked()) {
        if (key.give_up_at <= time) return; // it is checked then, and scheduled again
        holding_.erase(holding_.iterator_to(key));
    }
    if (time == time_point::max()) return;
    key.give_up_at = time;
    holding_.insert(key);
}

void limiter::give_up(key_state& key, time_point now) {
    while (const auto left = key.held.give_up(now)) {
        source_.give_back(key, left);
        key.held.invalidate();
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

void limiter::invalidate_all() {
    for (auto& c : by_use_) c.held.invalidate();
}

void limiter::give_up_all() {
    for (auto& c : by_use_) give_up(c, time_point::max());
    holding_.clear();
}

} // namespace thalamus::limits
