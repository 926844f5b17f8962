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

cell& limiter::find(std::size_t rule, std::string_view key) {
    const auto hash = hash_(key, rule);
    if (const auto found = cells_.find(name{rule, key, hash}); found != cells_.end()) {
        auto& c = *found->second;
        by_use_.splice(by_use_.end(), by_use_, by_use_.iterator_to(c));
        return c;
    }
    make_room();
    auto made = std::make_unique<cell>(rules_[rule], rule, key, hash);
    auto& c = *made;
    cells_.emplace(name{rule, c.key, hash}, std::move(made));
    by_use_.push_back(c);
    return c;
}

/// Cells that someone waits for are passed over: they are in use.
void limiter::make_room() {
    constexpr int tries = 8;
    for (int i = 0; cells_.size() >= most_ && i < tries && !by_use_.empty(); ++i) {
        auto& oldest = by_use_.front();
        if (oldest.uses > 0 || oldest.held.asked() || !oldest.waiting.empty()) {
            by_use_.splice(by_use_.end(), by_use_, by_use_.begin());
            continue;
        }
        give_up(oldest, time_point::max());
        by_use_.pop_front();
        cells_.erase(name{oldest.rule_index, oldest.key, oldest.hash});
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

limiter::verdict::outcome limiter::take(cell& from, std::optional<lease::permit>& into,
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

void limiter::wait_for(cell& of, waiter& who, time_point now) {
    who.in_last_ask = false;
    of.waiting.push_back(who);
    ask(of, now);
}

void limiter::put_back(cell& to, const lease::permit& what) {
    if (to.held.put_back(what)) return;
    source_.give_back(to, {1, what.ends});
    if (to.serving)
        to.given_back = true; // else each of those who wait would have it asked for anew
    else to.held.doubt();
}

bool limiter::lend(cell& of, const demand& what, reply& into, time_point now) {
    switch (of.held.look(now)) {
    case lease::state::unknown: return false;
    case lease::state::open: into = {reply::kind::open, {}}; break;
    case lease::state::closed: into = {reply::kind::closed, {}}; break;
    case lease::state::empty:
    case lease::state::in_hand:
        into = {reply::kind::granted, of.held.lend(what, now)};
        if (of.waiting.empty()) ask(of, now); // else it is being served
        break;
    }
    return true;
}

void limiter::ask(cell& of, time_point now) {
    if (of.held.asked()) return;
    std::int64_t needed = 0;
    for (auto& w : of.waiting) {
        needed += w.needs();
        w.in_last_ask = true;
    }
    // Who asks ahead only needs nothing, and waits all the same.
    if (!of.waiting.empty()) needed = std::max<std::int64_t>(needed, 1);
    if (const auto what = of.held.ask(of.by, needed, now)) source_.ask(of, *what);
}

void limiter::answered(cell& of, const reply& r, time_point now) {
    of.held.answered(of.by, r, now);
    serve(of, now);
    note_held(of);
}

void limiter::serve(cell& of, time_point now) {
    ++of.uses;
    of.serving = true;
    while (!of.waiting.empty()) {
        auto& first = of.waiting.front();
        // What was needed counts as spent when it was granted, which may be before this one came.
        if (!first.in_last_ask && drop_needed(of)) of.held.doubt();
        if (of.held.look(now) == lease::state::unknown) break;
        of.waiting.pop_front();
        first.go_on(now);
    }
    of.serving = false;
    // Not at once: some need nothing, and leave one each time.
    if (drop_needed(of) | std::exchange(of.given_back, false))
        of.held.doubt(lease::soon(of.by, now));
    --of.uses;
    if (!of.waiting.empty()) ask(of, now);
}

bool limiter::drop_needed(cell& of) {
    const auto left = of.held.drop_needed();
    if (left) source_.give_back(of, left);
    return static_cast<bool>(left);
}

void limiter::note_held(cell& of) {
    const auto at = of.held.give_up_at();
    if (of.set_base_hook::is_linked()) {
        if (of.give_up_at <= at) return; // looked at then, and placed anew
        holding_.erase(holding_.iterator_to(of));
    }
    if (at == time_point::max()) return;
    of.give_up_at = at;
    holding_.insert(of);
}

void limiter::give_up(cell& of, time_point now) {
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
