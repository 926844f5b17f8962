#pragma once
// How many seeded runs a simulation makes.

namespace thalamus::test {

/// All of `count` in an optimised build. Under AddressSanitizer, which makes a run about ten times
/// as slow, one in ten: there the simulation looks for faults of memory, not for rare schedules.
/// scripts/test runs both builds.
constexpr unsigned seeded_runs(unsigned count) {
#ifdef __SANITIZE_ADDRESS__
    return count / 10;
#else
    return count;
#endif
}

} // namespace thalamus::test
