#include "policies/limits/rule.hpp"

#include "policies/limits/arithmetic.hpp"

#include <algorithm>

namespace thalamus::limits {

using config::limit_algorithm;

namespace {

/// A limit this small is exact: a lease on one node could leave another node's client without
/// permits.
constexpr std::int64_t exact_up_to = 10;
constexpr microseconds longest_lease{1'000'000}, shortest_lease{5'000};

/// A lease takes up to `refill * life` from a token bucket's burst (see ledger.cpp): a twentieth.
microseconds lease_life_of(const rule& r) {
    if (std::min(r.count, r.burst) <= exact_up_to) return microseconds(0);
    const auto life = std::min(r.depth() / 20, longest_lease);
    return life < shortest_lease ? microseconds(0) : life;
}

constexpr wide greatest_common_divisor(wide a, wide b) {
    return b == 0 ? a : greatest_common_divisor(b, a % b);
}

/// Lua numbers are doubles, in which a full bucket's cost must stay exact.
constexpr std::int64_t largest_bucket = std::int64_t{1} << 52;

void set_prices(rule& r, wide cost, wide refill) {
    const auto common = greatest_common_divisor(cost, refill);
    cost /= common;
    refill /= common;
    // Large rates without a common factor are rounded, never in the client's favour.
    while (cost * r.burst > largest_bucket && refill > 1) {
        cost = (cost + 1) / 2;
        refill /= 2;
    }
    r.cost = static_cast<std::int64_t>(cost);
    r.refill = static_cast<std::int64_t>(refill);
}

} // namespace

rule::rule(const config::rate_limit_settings& settings)
    : name(settings.name),
      algorithm(settings.algorithm),
      count(static_cast<std::int64_t>(settings.count)),
      period(settings.period),
      burst(algorithm == limit_algorithm::token_bucket ? static_cast<std::int64_t>(settings.burst)
                                                       : count) {
    set_prices(*this, period.count(), count);
    lease_life = lease_life_of(*this);
}

microseconds rule::depth() const {
    return algorithm == limit_algorithm::token_bucket ? microseconds(burst * cost / refill)
                                                      : period;
}

rule rule::part_of_node(unsigned rank, unsigned nodes) const {
    auto part = *this;
    part.burst = burst / nodes + (rank < burst % nodes ? 1 : 0);
    if (algorithm == limit_algorithm::token_bucket) {
        // The same depth in time as the whole rule: rate and burst are reduced in proportion.
        if (part.burst > 0) set_prices(part, wide{cost} * burst, wide{refill} * part.burst);
    } else {
        part.count = part.burst;
    }
    part.lease_life = microseconds(0);
    return part;
}

} // namespace thalamus::limits
