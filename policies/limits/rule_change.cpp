#include "policies/limits/rule_change.hpp"

#include "policies/limits/arithmetic.hpp"

#include <algorithm>

namespace thalamus::limits {

using config::limit_algorithm;

std::int64_t unit_of(const rule& by) {
    return by.algorithm == limit_algorithm::token_bucket ? by.cost : by.period.count();
}

void adapt(entry& of, std::int64_t unit, const rule& by, std::int64_t now) {
    if (by.algorithm == limit_algorithm::token_bucket) {
        if (unit != 0 && unit != by.cost)
            of.debt = static_cast<std::int64_t>(
                std::min<wide>((wide{of.debt} * by.cost + unit - 1) / unit, by.burst * by.cost));
        of.debt = std::min(of.debt, by.burst * by.cost);
        return;
    }
    if (unit == 0 || unit == by.period.count()) return;
    const bool runs = now < (of.at + 1) * unit;
    of = {.at = now / by.period.count(), .current = runs ? of.current : 0};
}

} // namespace thalamus::limits
