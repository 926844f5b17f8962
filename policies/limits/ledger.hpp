#pragma once
// The holder of a budget keeps one ledger entry per key and meets demands from it. These are the
// reference rules: the memory store runs them, and store/redis/redis_scripts.cpp implements the
// same in Lua. Pure: time is passed in, in microseconds since the epoch, by the ledger's own clock.
//
// Why leases are safe (a permit is spent only before its lease ends, by the ledger's clock):
//   token_bucket    prefetched permits are charged as if spent at the end of the lease. So over any
//                   interval t the sum spent is <= rate * t + burst, whenever each is spent
//   fixed_window    a lease ends with the window that it was taken from
//   sliding_window  the same; used = previous * (rest of the window) + current, rounded up
// GCRA in the form of a debt that time pays off: ITU-T I.371, "virtual scheduling".

#include "policies/limits/rule.hpp"

namespace thalamus::limits {

/// A demand for permits.
struct demand {
    std::int64_t need = 1;  ///< to be spent at once
    std::int64_t extra = 0; ///< prefetched for later requests; fewer may be granted, even none
};

/// A grant of permits.
struct grant {
    std::int64_t granted = 0;
    /// The permits may be spent for this long after the demand was sent. Required permits may be
    /// spent on arrival, however late, by the requests that were waiting when they were asked for.
    microseconds life{0};
    std::int64_t remaining = 0; ///< left for others
    microseconds reset{0};      ///< until the budget is full again, without further demand
    microseconds retry{0};      ///< until a permit is left again; 0 if there is one now
    std::int64_t ends = 0;      ///< end of the lease or window, by the ledger's clock
};

/// The state of one key. All zero for a new key.
struct entry {
    std::int64_t as_of = 0;    ///< token bucket: the time of `debt`; windows: the window's number
    std::int64_t debt = 0;     ///< token bucket: cost not paid off yet
    std::int64_t current = 0;  ///< windows: granted in the current one
    std::int64_t previous = 0; ///< sliding window: granted in the previous one
};

grant take(entry& entry, const rule& rule, const demand& demand, std::int64_t now);
/// Gives back unspent permits, as if they had never been taken. `ends` is the grant's; for required
/// permits of a token bucket it is `ends - life`, the moment that they were charged for.
void give_back(entry& entry, const rule& rule, std::int64_t permits, std::int64_t ends,
               std::int64_t now);
/// Charges permits that were granted without this ledger, in the window that contained `when`.
void charge(entry& entry, const rule& rule, std::int64_t permits, std::int64_t when,
            std::int64_t now);
/// From when on the entry is equivalent to an absent one.
std::int64_t forget_after(const entry& entry, const rule& rule);

} // namespace thalamus::limits
