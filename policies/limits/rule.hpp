#pragma once
// A rate limit as it is computed with: times in microseconds of the store's clock, permits as whole
// numbers. Immutable; any thread.

#include "config/snapshot.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace thalamus::limits {

using std::chrono::microseconds;

struct rule {
    /// @pre settings.count and settings.period are above 0
    explicit rule(const config::rate_limit_settings& settings);

    std::string name;
    config::limit_algorithm algorithm;
    std::int64_t count = 0; ///< per period
    microseconds period{0};
    /// Token bucket: what an idle client may do at once. Windows: the count.
    std::int64_t burst = 0;
    /// Token bucket: a permit costs `cost`, and each microsecond pays off `refill`; both whole numbers,
    /// so that no rounding ever adds a permit.
    std::int64_t cost = 0, refill = 0;
    /// How long permits that are lent ahead of demand may be held. 0: none are, each is asked for.
    microseconds lease_life{0};

    /// Token bucket: the time in which an empty one fills. Windows: the period.
    microseconds depth() const;

    /// What node `rank` of `nodes` may grant by itself, so that all of them together grant no more than
    /// the rule does. Its count may be 0.
    rule share(unsigned rank, unsigned nodes) const;
};

} // namespace thalamus::limits
