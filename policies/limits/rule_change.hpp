#pragma once
// Ledger entries survive a change of their rule: what was granted stays granted. Pure.

#include "policies/limits/ledger.hpp"

namespace thalamus::limits {

/// The unit in which an entry under `rule` counts, stored beside the entry. Token bucket: the cost
/// of a permit; windows: the period.
std::int64_t unit_of(const rule& rule);

/// Converts an entry from `unit` to the unit of `rule`; 0 is the unit of an entry never used. A
/// token bucket keeps its debt in permits, up to its burst. If a window's period has changed, what
/// was granted in the current window counts in the new one.
void adapt(entry& entry, std::int64_t unit, const rule& rule, std::int64_t now);

} // namespace thalamus::limits
