#pragma once
// Converts counters to the data model of Prometheus, with one function per group of metric
// families. docs/metrics.md documents names, labels and meanings.

#include "observe/metrics.hpp"
#include "observe/process_stats.hpp"
#include "observe/shard_cells.hpp"

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

namespace thalamus::observe {

using families = std::vector<prometheus::MetricFamily>;
using shards = std::vector<const shard_cells*>; ///< all with the same counts

/// Adds the routes that have been used. `names[i]` belongs to index i.
void add_route_families(families& all, const shards& shards, const std::vector<std::string>& names);
void add_service_families(families& all, const shards& shards,
                          const std::vector<std::string>& names);
void add_limit_families(families& all, const shards& shards, const std::vector<std::string>& names);
void add_auth_families(families& all, const shards& shards, const std::vector<std::string>& names,
                       std::span<const std::string_view> reasons);
void add_node_families(families& all, const shards& shards);
/// A target that is listed twice becomes one series with the sum of the requests in flight.
void add_target_families(families& all, const std::vector<target_state>& targets);
void add_process_families(families& all, const process_stats& stats);
/// A gauge that is always 1, with `version` as a label.
void add_info_family(families& all, std::string name, std::string help, const std::string& version);
void add_gauge_family(families& all, std::string name, std::string help, const std::string& label,
                      const metrics::labelled_values& values);
void add_counter_family(families& all, std::string name, std::string help, double value);

} // namespace thalamus::observe
