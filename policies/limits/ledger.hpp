#pragma once
// Who holds a budget keeps one ledger entry for each key and answers demands from it. These are the
// reference rules: the memory store runs them, and store/redis/redis_scripts.cpp says the same in Lua. Pure:
// time is passed in, in microseconds since the epoch of whoever keeps the ledger.
//
// What makes leases safe (a permit is spent only before its lease ends, by the ledger's clock):
//   token_bucket    permits lent ahead are charged as if spent at the end of the lease, so that over any
//                   interval t the sum spent is <= rate * t + burst, whenever in its life each is spent
//   fixed_window    a lease ends with the window that it was taken from
//   sliding_window  the same; used = previous * (what is left of the window) + current, rounded up
// GCRA in the form of a debt that time pays off: ITU-T I.371, "virtual scheduling".

#include "policies/limits/rule.hpp"

namespace thalamus::limits {

/// What is asked for.
struct demand {
    std::int64_t need = 1;  ///< to be spent at once
    std::int64_t extra = 0; ///< to be held for what comes next; less may be given, down to none
};

/// What is given.
struct grant {
    std::int64_t granted = 0;
    /// From when the demand was sent the permits may be spent for so long. What was needed may be spent
    /// on arrival, however long that took, by those who waited when it was asked for.
    microseconds life{0};
    std::int64_t remaining = 0; ///< left for others
    microseconds reset{0};      ///< until the whole budget is there again, if nobody asks
    microseconds retry{0};      ///< until a permit is left again; 0 if there is one now
    std::int64_t ends = 0;      ///< when the lease, or the window, ends by the ledger's clock
};

/// One key's state. Zero is that of a key never seen.
struct entry {
    std::int64_t at = 0;      ///< token bucket: when `debt` was right; windows: the window's number
    std::int64_t debt = 0;    ///< token bucket: cost owed
    std::int64_t current = 0; ///< windows: granted in this one
    std::int64_t previous = 0; ///< sliding window: granted in the one before
};

grant take(entry& of, const rule& by, const demand& what, std::int64_t now);
/// Unspent permits, as if they had not been taken. `ends` is the grant's; of a token bucket's permits
/// that were needed at once, `ends - life`: the moment that they were charged for.
void give_back(entry& of, const rule& by, std::int64_t permits, std::int64_t ends,
               std::int64_t now);
/// Permits that were granted by someone else's leave, in the window that held `when`.
void charge(entry& of, const rule& by, std::int64_t permits, std::int64_t when, std::int64_t now);
/// From when on the entry says no more than an absent one would.
std::int64_t forget_after(const entry& of, const rule& by);

} // namespace thalamus::limits
