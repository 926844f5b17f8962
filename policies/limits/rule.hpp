#pragma once
// A rate limit in the form it is computed with: times in microseconds of the store's clock, permits
// as integers. Immutable; any thread.

#include "config/rate_limit_settings.hpp"

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
    /// Token bucket: what an idle client may use at once. Windows: the count.
    std::int64_t burst = 0;
    /// Token bucket: a permit costs `cost`, and each microsecond pays off `refill`. Both are
    /// integers, so that rounding never adds a permit.
    std::int64_t cost = 0, refill = 0;
    /// How long prefetched permits may be held. 0: none are prefetched, each permit is asked for.
    microseconds lease_life{0};

    /// Token bucket: the time in which an empty bucket fills. Windows: the period.
    microseconds depth() const;

    /// The part of the rule that node `rank` of `nodes` may grant by itself, so that all nodes
    /// together grant no more than the rule. Its count may be 0.
    rule part_of_node(unsigned rank, unsigned nodes) const;
};

} // namespace thalamus::limits
