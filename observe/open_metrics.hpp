#pragma once
// The OpenMetrics 1.0 text format, which prometheus-cpp does not support. It differs from the
// format of Prometheus in the names of counters (only samples have _total, families do not), in
// canonical numbers for `le`, and in the end mark, which shows whether a response is truncated.

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

namespace thalamus::observe {

/// Supports counters, gauges and histograms. @pre Each family has a metric, and names are valid.
std::string to_open_metrics(const std::vector<prometheus::MetricFamily>& families);

} // namespace thalamus::observe
