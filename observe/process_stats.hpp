#pragma once
// Kernel statistics of this process, for the process_* metrics that Prometheus dashboards expect.

namespace thalamus::observe {

struct process_stats {
    double cpu_seconds = 0;
    double resident_bytes = 0, virtual_bytes = 0;
    double open_fds = 0, max_fds = 0;
    double threads = 0;
    double start_time_seconds = 0; ///< since the Unix epoch
};

/// Reads /proc, getrusage and getrlimit. Values that cannot be read are 0.
process_stats read_process_stats();

} // namespace thalamus::observe
