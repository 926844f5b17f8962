#include "policies/limits/ledger.hpp"

#include "policies/limits/arithmetic.hpp"

#include <algorithm>

namespace thalamus::limits {

using config::limit_algorithm;

namespace {

// -- token bucket ---------------------------------------------------------------------------------

/// Pays debt off up to `now`; nothing if the clock went back.
void pay_off(entry& of, const rule& by, std::int64_t now) {
    const auto elapsed = std::max<std::int64_t>(0, now - of.at);
    of.debt = elapsed > of.debt / by.refill ? 0 : of.debt - elapsed * by.refill;
    of.at = std::max(of.at, now);
}

grant take_tokens(entry& of, const rule& by, const demand& what, std::int64_t now) {
    pay_off(of, by, now);
    const auto most = by.burst * by.cost;
    grant g;
    g.granted = std::clamp<std::int64_t>((most - of.debt) / by.cost, 0, what.need);
    of.debt += g.granted * by.cost;
    if (g.granted == what.need && what.extra > 0 && by.lease_life.count() > 0) {
        const auto held = std::max(of.debt, by.lease_life.count() * by.refill);
        const auto extra = std::clamp<std::int64_t>((most - held) / by.cost, 0, what.extra);
        if (extra > 0) {
            of.debt = held + extra * by.cost;
            g.granted += extra;
        }
    }
    g.life = by.lease_life;
    g.remaining = (most - of.debt) / by.cost;
    g.reset = microseconds(divide_up(of.debt, by.refill));
    if (g.remaining <= 0) g.retry = microseconds(divide_up(of.debt + by.cost - most, by.refill));
    g.ends = now + g.life.count();
    return g;
}

// -- windows --------------------------------------------------------------------------------------

/// Moves the entry to the window of `now`, or keeps a later one if the clock went back.
void open_window(entry& of, const rule& by, std::int64_t now) {
    const auto window = now / by.period.count();
    if (window <= of.at) return;
    const bool sliding = by.algorithm == limit_algorithm::sliding_window;
    of.previous = sliding && window == of.at + 1 ? of.current : 0;
    of.current = 0;
    of.at = window;
}

std::int64_t used(const entry& of, const rule& by, std::int64_t passed) {
    if (by.algorithm == limit_algorithm::fixed_window) return of.current;
    const auto period = by.period.count();
    return of.current + divide_up(wide{of.previous} * (period - passed), period);
}

/// From the start of the window until a permit is left again, without further demand.
std::int64_t time_of_next(const entry& of, const rule& by) {
    const auto period = by.period.count();
    if (by.algorithm == limit_algorithm::fixed_window) return period;
    // previous * (period - t) / period <= count - 1 - current
    const auto after = [&](std::int64_t previous, std::int64_t room) {
        return previous <= room
                   ? 0
                   : period - static_cast<std::int64_t>(wide{room} * period / previous);
    };
    const auto room = by.count - 1 - of.current;
    return room >= 0 ? after(of.previous, room) : period + after(of.current, by.count - 1);
}

grant take_of_window(entry& of, const rule& by, const demand& what, std::int64_t now) {
    open_window(of, by, now);
    const auto period = by.period.count();
    const auto passed = std::clamp<std::int64_t>(now - of.at * period, 0, period);
    const auto left = std::max<std::int64_t>(0, by.count - used(of, by, passed));
    grant g;
    g.granted = std::min(what.need, left);
    if (g.granted == what.need && by.lease_life.count() > 0) {
        // A window that is empty stays empty, so most of its rest is kept for immediate demand; a
        // sliding window with a previous count keeps freeing permits.
        const auto rest = left - g.granted;
        g.granted += std::clamp<std::int64_t>(what.extra, 0, of.previous > 0 ? rest : rest / 4);
    }
    of.current += g.granted;
    g.remaining = left - g.granted;
    g.life = microseconds(std::min(by.lease_life.count(), period - passed));
    g.ends = (of.at + 1) * period;
    const bool sliding = by.algorithm == limit_algorithm::sliding_window;
    g.reset = microseconds(period - passed + (sliding && of.current > 0 ? period : 0));
    if (g.remaining == 0)
        g.retry = microseconds(std::max<std::int64_t>(1, time_of_next(of, by) - passed));
    return g;
}

} // namespace

grant take(entry& of, const rule& by, const demand& what, std::int64_t now) {
    return by.algorithm == limit_algorithm::token_bucket ? take_tokens(of, by, what, now)
                                                         : take_of_window(of, by, what, now);
}

void give_back(entry& of, const rule& by, std::int64_t permits, std::int64_t ends,
               std::int64_t now) {
    if (by.algorithm == limit_algorithm::token_bucket) {
        // What time has paid off since then is no longer owed.
        const auto passed = std::max<std::int64_t>(0, now - ends);
        const auto lent = permits * by.cost;
        const auto owed = passed > lent / by.refill ? 0 : lent - passed * by.refill;
        pay_off(of, by, now);
        of.debt -= std::min(owed, of.debt);
        return;
    }
    open_window(of, by, now);
    if (of.at + 1 == ends / by.period.count())
        of.current = std::max<std::int64_t>(0, of.current - permits);
}

void charge(entry& of, const rule& by, std::int64_t permits, std::int64_t when, std::int64_t now) {
    if (by.algorithm == limit_algorithm::token_bucket) {
        pay_off(of, by, now);
        of.debt = std::min(of.debt + permits * by.cost, by.burst * by.cost);
        return;
    }
    open_window(of, by, now);
    const auto window = when / by.period.count();
    if (window == of.at) of.current += permits;
    else if (window + 1 == of.at) of.previous += permits;
}

std::int64_t forget_after(const entry& of, const rule& by) {
    switch (by.algorithm) {
    case limit_algorithm::token_bucket: return of.at + divide_up(of.debt, by.refill);
    case limit_algorithm::fixed_window: return (of.at + 1) * by.period.count();
    case limit_algorithm::sliding_window: return (of.at + 2) * by.period.count();
    }
    return 0;
}

} // namespace thalamus::limits
