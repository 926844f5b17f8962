#pragma once
// What the scenarios measured: one row each, printed as a table at the end of the run, and appended
// to $THALAMUS_REPORT if that is set (under ctest each test is a run of its own).

#include <string>
#include <vector>

namespace thalamus::test {

struct report_row {
    std::string scenario;
    std::size_t requests = 0;
    std::size_t failed = 0;  ///< at survivors
    std::size_t limited = 0; ///< 429
    std::size_t refused = 0; ///< 503 of limits that may say so while they cannot count
    /// ms, the gateway's own time at survivors: undisturbed, and in the worst phase afterwards
    /// (until the failure is known, until its end, until the end of the test).
    double p99_before = 0, p99_during = 0;
    double use_before = 0, use_during = 0; ///< granted of the hot limit, 1 = all that it allows
    std::int64_t worst_excess = 0;         ///< permits beyond a rule; negative: within, by so many
    double quiet = 1; ///< the part of the time in which the machine's pauses disturbed nothing
    /// Seconds after the failure, or after its end; < 0: not part of the scenario.
    double suspect = -1, dead = -1, alive = -1, recovered = -1;
};

void add_to_report(report_row row);
std::string report_table(const std::vector<report_row>& rows, bool with_head = true);

} // namespace thalamus::test
