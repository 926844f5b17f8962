#pragma once
// Ledger entries outlive a change of their rule: what was granted stays granted. Pure.

#include "policies/limits/ledger.hpp"

namespace thalamus::limits {

/// What an entry under `by` counts in: kept beside the entry. Token bucket: the cost of a permit;
/// windows: the period.
std::int64_t unit_of(const rule& by);

/// Brings an entry that was kept in `unit` to what `by` counts in; 0 is the unit of an entry never
/// used. A token bucket owes as many permits as before, at most its burst. Where a window's period
/// has changed, what was granted in the one that still runs counts in the new one.
void adapt(entry& of, std::int64_t unit, const rule& by, std::int64_t now);

} // namespace thalamus::limits
