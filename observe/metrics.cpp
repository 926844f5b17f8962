#include "observe/metrics.hpp"

#include "observe/escape.hpp"
#include "observe/families.hpp"
#include "observe/open_metrics.hpp"
#include "observe/process_stats.hpp"
#include "observe/shard_cells.hpp"

#include <prometheus/check_names.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace thalamus::observe {
namespace {

constexpr std::string_view unmatched = "none";

struct counter_source {
    std::string name, help;
    std::function<double()> value;
};

struct gauge_source {
    std::string name, help, label;
    std::function<metrics::labelled_values()> values;
};

} // namespace

struct metrics::impl {
    config::snapshot_ptr snapshot;
    std::vector<std::string> routes, services, limits, auth_methods;
    std::span<const std::string_view> auth_reasons; ///< label values by index
    std::vector<std::unique_ptr<metrics_shard>> shards;
    observe::shards cells; ///< the cells of all shards

    mutable std::mutex mutex; ///< protects the members below; held only to copy them
    std::function<std::vector<target_state>()> targets;
    std::vector<counter_source> counters;
    std::vector<gauge_source> gauges;
    std::string build_version;

    void check_new(const std::string& name) const {
        const auto is_it = [&](const auto& source) { return source.name == name; };
        if (std::ranges::any_of(counters, is_it) || std::ranges::any_of(gauges, is_it) ||
            !name.starts_with("thalamus_") || !prometheus::CheckMetricName(name))
            throw std::invalid_argument("invalid or duplicate metric name " + name);
    }
};

metrics::metrics(config::snapshot_ptr snapshot, unsigned reactors,
                 std::span<const std::string_view> auth_reasons)
    : impl_(std::make_unique<impl>()) {
    impl_->auth_reasons = auth_reasons;
    for (const auto& route : snapshot->routes) impl_->routes.push_back(route.id);
    for (const auto& service : snapshot->services) impl_->services.push_back(service.name);
    for (const auto& limit : snapshot->rate_limits) impl_->limits.push_back(limit.name);
    for (const auto& auth_method : snapshot->auth) impl_->auth_methods.push_back(auth_method.name);
    // A configured route with this name shares the series, as equal labels would be invalid.
    auto none = std::ranges::find(impl_->routes, unmatched);
    const auto none_index = static_cast<std::size_t>(none - impl_->routes.begin());
    if (none == impl_->routes.end()) impl_->routes.emplace_back(unmatched);
    impl_->snapshot = std::move(snapshot);

    for (unsigned i = 0; i < reactors; ++i) {
        auto made = std::make_unique<metrics_shard::impl>(
            impl_->routes.size(), impl_->services.size(), impl_->limits.size(),
            impl_->auth_methods.size(), auth_reasons.size(), none_index);
        impl_->cells.push_back(&made->cells);
        impl_->shards.emplace_back(new metrics_shard(std::move(made)));
    }
}

metrics::~metrics() = default;

metrics_shard& metrics::shard(unsigned reactor) { return *impl_->shards.at(reactor); }

std::uint64_t metrics::requests() const {
    std::uint64_t sum = 0;
    for (const auto* shard : impl_->cells) sum += shard->finished.get();
    return sum;
}

void metrics::on_scrape_targets(std::function<std::vector<target_state>()> source) {
    const std::lock_guard lock(impl_->mutex);
    impl_->targets = std::move(source);
}

void metrics::add_counter_source(std::string name, std::string help,
                                 std::function<double()> value) {
    if (!name.ends_with("_total")) name += "_total";
    const std::lock_guard lock(impl_->mutex);
    impl_->check_new(name);
    impl_->counters.push_back({std::move(name), printable(help), std::move(value)});
}

void metrics::add_gauge_source(std::string name, std::string help, std::string label,
                               std::function<labelled_values()> values) {
    const std::lock_guard lock(impl_->mutex);
    impl_->check_new(name);
    impl_->gauges.push_back(
        {std::move(name), printable(help), std::move(label), std::move(values)});
}

void metrics::set_build_version(std::string version) {
    const std::lock_guard lock(impl_->mutex);
    impl_->build_version = std::move(version);
}

std::string metrics::expose(text_format format) const {
    std::function<std::vector<target_state>()> targets;
    std::vector<counter_source> counters;
    std::vector<gauge_source> gauges;
    families all;
    {
        const std::lock_guard lock(impl_->mutex);
        targets = impl_->targets;
        counters = impl_->counters;
        gauges = impl_->gauges;
        if (!impl_->build_version.empty()) {
            add_info_family(all, "thalamus_build_info", "The version of the program.",
                            impl_->build_version);
        }
    }
    add_info_family(all, "thalamus_config_info", "The version of the configuration in use.",
                    impl_->snapshot->version);
    add_node_families(all, impl_->cells);
    add_route_families(all, impl_->cells, impl_->routes);
    add_service_families(all, impl_->cells, impl_->services);
    add_limit_families(all, impl_->cells, impl_->limits);
    add_auth_families(all, impl_->cells, impl_->auth_methods, impl_->auth_reasons);
    if (targets) add_target_families(all, targets());
    for (const auto& g : gauges) add_gauge_family(all, g.name, g.help, g.label, g.values());
    for (const auto& c : counters) add_counter_family(all, c.name, c.help, c.value());
    add_process_families(all, read_process_stats());

    if (format == text_format::open_metrics) return to_open_metrics(all);
    return prometheus::TextSerializer{}.Serialize(all);
}

} // namespace thalamus::observe
