#include "policies/limits/rule_change.hpp"

#include "policies/limits/arithmetic.hpp"

#include <algorithm>

namespace thalamus::limits {

using config::limit_algorithm;

std::int64_t unit_of(const rule& rule) {
    return rule.algorithm == limit_algorithm::token_bucket ? rule.cost : rule.period.count();
}

void adapt(entry& entry, std::int64_t unit, const rule& rule, std::int64_t now) {
    if (rule.algorithm == limit_algorithm::token_bucket) {
        if (unit != 0 && unit != rule.cost)
            entry.debt = static_cast<std::int64_t>(std::min<wide>(
                (wide{entry.debt} * rule.cost + unit - 1) / unit, rule.burst * rule.cost));
        entry.debt = std::min(entry.debt, rule.burst * rule.cost);
        return;
    }
    if (unit == 0 || unit == rule.period.count()) return;
    const bool runs = now < (entry.as_of + 1) * unit;
    entry = {.as_of = now / rule.period.count(), .current = runs ? entry.current : 0};
}

} // namespace thalamus::limits
