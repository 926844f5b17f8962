#pragma once
// The OpenMetrics 1.0 text format, which prometheus-cpp does not write. It differs from Prometheus'
// own in the names of counters (the family's has no _total, the sample's has), in canonical numbers
// for `le`, and in the end mark that lets a reader notice a cut-off answer.

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

namespace thalamus::observe {

/// Counters, gauges and histograms. @pre each family has a metric; their names are valid.
std::string to_open_metrics(const std::vector<prometheus::MetricFamily>& families);

} // namespace thalamus::observe
