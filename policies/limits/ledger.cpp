#include "policies/limits/ledger.hpp"

#include "policies/limits/arithmetic.hpp"

#include <algorithm>

namespace thalamus::limits {

using config::limit_algorithm;

namespace {

// -- token bucket ---------------------------------------------------------------------------------

/// Pays debt off up to `now`; nothing if the clock went back.
void pay_off(entry& entry, const rule& rule, std::int64_t now) {
    const auto elapsed = std::max<std::int64_t>(0, now - entry.as_of);
    entry.debt = elapsed > entry.debt / rule.refill ? 0 : entry.debt - elapsed * rule.refill;
    entry.as_of = std::max(entry.as_of, now);
}

grant take_tokens(entry& entry, const rule& rule, const demand& demand, std::int64_t now) {
    pay_off(entry, rule, now);
    const auto most = rule.burst * rule.cost;
    grant g;
    g.granted = std::clamp<std::int64_t>((most - entry.debt) / rule.cost, 0, demand.need);
    entry.debt += g.granted * rule.cost;
    if (g.granted == demand.need && demand.extra > 0 && rule.lease_life.count() > 0) {
        const auto held = std::max(entry.debt, rule.lease_life.count() * rule.refill);
        const auto extra = std::clamp<std::int64_t>((most - held) / rule.cost, 0, demand.extra);
        if (extra > 0) {
            entry.debt = held + extra * rule.cost;
            g.granted += extra;
        }
    }
    g.life = rule.lease_life;
    g.remaining = (most - entry.debt) / rule.cost;
    g.reset = microseconds(divide_up(entry.debt, rule.refill));
    if (g.remaining <= 0)
        g.retry = microseconds(divide_up(entry.debt + rule.cost - most, rule.refill));
    g.ends = now + g.life.count();
    return g;
}

// -- windows --------------------------------------------------------------------------------------

/// Moves the entry to the window of `now`, or keeps a later one if the clock went back.
void open_window(entry& entry, const rule& rule, std::int64_t now) {
    const auto window = now / rule.period.count();
    if (window <= entry.as_of) return;
    const bool sliding = rule.algorithm == limit_algorithm::sliding_window;
    entry.previous = sliding && window == entry.as_of + 1 ? entry.current : 0;
    entry.current = 0;
    entry.as_of = window;
}

std::int64_t used(const entry& entry, const rule& rule, std::int64_t passed) {
    if (rule.algorithm == limit_algorithm::fixed_window) return entry.current;
    const auto period = rule.period.count();
    return entry.current + divide_up(wide{entry.previous} * (period - passed), period);
}

/// From the start of the window until a permit is left again, without further demand.
std::int64_t time_of_next(const entry& entry, const rule& rule) {
    const auto period = rule.period.count();
    if (rule.algorithm == limit_algorithm::fixed_window) return period;
    // previous * (period - t) / period <= count - 1 - current
    const auto after = [&](std::int64_t previous, std::int64_t room) {
        return previous <= room
                   ? 0
                   : period - static_cast<std::int64_t>(wide{room} * period / previous);
    };
    const auto room = rule.count - 1 - entry.current;
    return room >= 0 ? after(entry.previous, room) : period + after(entry.current, rule.count - 1);
}

grant take_of_window(entry& entry, const rule& rule, const demand& demand, std::int64_t now) {
    open_window(entry, rule, now);
    const auto period = rule.period.count();
    const auto passed = std::clamp<std::int64_t>(now - entry.as_of * period, 0, period);
    const auto left = std::max<std::int64_t>(0, rule.count - used(entry, rule, passed));
    grant g;
    g.granted = std::min(demand.need, left);
    if (g.granted == demand.need && rule.lease_life.count() > 0) {
        // A window that is empty stays empty, so most of its rest is kept for immediate demand; a
        // sliding window with a previous count keeps freeing permits.
        const auto rest = left - g.granted;
        g.granted +=
            std::clamp<std::int64_t>(demand.extra, 0, entry.previous > 0 ? rest : rest / 4);
    }
    entry.current += g.granted;
    g.remaining = left - g.granted;
    g.life = microseconds(std::min(rule.lease_life.count(), period - passed));
    g.ends = (entry.as_of + 1) * period;
    const bool sliding = rule.algorithm == limit_algorithm::sliding_window;
    g.reset = microseconds(period - passed + (sliding && entry.current > 0 ? period : 0));
    if (g.remaining == 0)
        g.retry = microseconds(std::max<std::int64_t>(1, time_of_next(entry, rule) - passed));
    return g;
}

} // namespace

grant take(entry& entry, const rule& rule, const demand& demand, std::int64_t now) {
    return rule.algorithm == limit_algorithm::token_bucket
               ? take_tokens(entry, rule, demand, now)
               : take_of_window(entry, rule, demand, now);
}

void give_back(entry& entry, const rule& rule, std::int64_t permits, std::int64_t ends,
               std::int64_t now) {
    if (rule.algorithm == limit_algorithm::token_bucket) {
        // What time has paid off since then is no longer owed.
        const auto passed = std::max<std::int64_t>(0, now - ends);
        const auto charged = permits * rule.cost;
        const auto left = passed > charged / rule.refill ? 0 : charged - passed * rule.refill;
        pay_off(entry, rule, now);
        entry.debt -= std::min(left, entry.debt);
        return;
    }
    open_window(entry, rule, now);
    if (entry.as_of + 1 == ends / rule.period.count())
        entry.current = std::max<std::int64_t>(0, entry.current - permits);
}

void charge(entry& entry, const rule& rule, std::int64_t permits, std::int64_t when,
            std::int64_t now) {
    if (rule.algorithm == limit_algorithm::token_bucket) {
        pay_off(entry, rule, now);
        entry.debt = std::min(entry.debt + permits * rule.cost, rule.burst * rule.cost);
        return;
    }
    open_window(entry, rule, now);
    const auto window = when / rule.period.count();
    if (window == entry.as_of) entry.current += permits;
    else if (window + 1 == entry.as_of) entry.previous += permits;
}

std::int64_t forget_after(const entry& entry, const rule& rule) {
    switch (rule.algorithm) {
    case limit_algorithm::token_bucket: return entry.as_of + divide_up(entry.debt, rule.refill);
    case limit_algorithm::fixed_window: return (entry.as_of + 1) * rule.period.count();
    case limit_algorithm::sliding_window: return (entry.as_of + 2) * rule.period.count();
    }
    return 0;
}

} // namespace thalamus::limits
