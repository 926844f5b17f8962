#include "observe/families.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <utility>

namespace thalamus::observe {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<ClientMetric::Label>;

MetricFamily family(std::string name, std::string help, MetricType type) {
    return {std::move(name), std::move(help), type, {}};
}

void add_counter(MetricFamily& family, labels label, double value) {
    ClientMetric& metric = family.metric.emplace_back();
    metric.label = std::move(label);
    metric.counter.value = value;
}

void add_counter(MetricFamily& family, labels label, std::uint64_t value) {
    add_counter(family, std::move(label), static_cast<double>(value));
}

void add_gauge(MetricFamily& family, labels label, double value) {
    ClientMetric& metric = family.metric.emplace_back();
    metric.label = std::move(label);
    metric.gauge.value = value;
}

template <std::size_t N>
void add_histogram(MetricFamily& family, labels label, const histogram_sum& sum,
                   const bucket_bounds<N>& bounds) {
    ClientMetric& metric = family.metric.emplace_back();
    metric.label = std::move(label);
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < sum.buckets.size(); ++i) {
        count += sum.buckets[i];
        metric.histogram.bucket.push_back(
            {count, i < N ? bounds.seconds(i) : std::numeric_limits<double>::infinity()});
    }
    metric.histogram.sample_count = count;
    metric.histogram.sample_sum = static_cast<double>(sum.sum_ns) / 1e9;
}

void move_to(families& all, MetricFamily family) {
    if (!family.metric.empty()) all.push_back(std::move(family));
}

/// The sum over shards of the cell that `cell` returns for each.
template <class Of>
std::uint64_t sum(const shards& shards, Of cell) {
    std::uint64_t total = 0;
    for (const shard_cells* shard : shards) total += cell(*shard).get();
    return total;
}

struct description {
    const char *name, *help;
};

constexpr description node_gauges[] = {
    {"thalamus_client_connections", "Open client connections."},
    {"thalamus_exchanges_in_flight", "Requests in progress."},
    {"thalamus_tunnels", "Open upgraded connections (WebSocket and others)."},
};
static_assert(std::size(node_gauges) == static_cast<std::size_t>(gauge::count));

constexpr description node_counters[] = {
    {"thalamus_client_connections_accepted_total", "Client connections accepted."},
    {"thalamus_client_connections_refused_total",
     "Client connections refused with 503 because limits.connections was reached."},
    {"thalamus_accept_failures_total",
     "Failed attempts to accept a client connection, for lack of descriptors or memory; retried."},
    {"thalamus_requests_refused_total", "Malformed requests, rejected before routing."},
    {"thalamus_actors_restarted_total",
     "Actors that failed and were restarted; each one is a bug."},
    {"thalamus_token_cache_hits_total",
     "Tokens found in the cache, so that they were not verified or introspected again."},
    {"thalamus_jwks_fetches_total", "Fetches of issuers' key sets (JWKS) by this node."},
    {"thalamus_jwks_failures_total",
     "Fetches of issuers' key sets (JWKS) that brought no usable keys."},
    {"thalamus_auth_lookups_total",
     "Calls to introspection endpoints and external authorization services."},
    {"thalamus_auth_lookup_failures_total",
     "Calls to introspection endpoints and external authorization services that got no usable "
     "response."},
};
static_assert(std::size(node_counters) == static_cast<std::size_t>(counter::count));

constexpr description service_gauges[] = {
    {"thalamus_service_connections_active", "Connections to targets that carry a request."},
    {"thalamus_service_connections_idle", "Idle connections to targets, kept for reuse."},
    {"thalamus_service_requests_in_flight",
     "Requests in progress for the service, including those that wait for a connection."},
    {"thalamus_service_requests_waiting",
     "Requests waiting for a connection to a target (connections.max)."},
};
static_assert(std::size(service_gauges) == static_cast<std::size_t>(service_gauge::count));

constexpr description service_counters[] = {
    {"thalamus_service_connections_opened_total", "Connections to targets opened."},
    {"thalamus_service_connect_failures_total",
     "Connections to targets that could not be opened, other than for lack of the gateway's own "
     "descriptors, memory or ports."},
    {"thalamus_service_attempts_total",
     "Attempts at targets, including retries and failed connections."},
    {"thalamus_service_retries_total", "Attempts that repeat a failed one."},
    {"thalamus_service_retries_denied_total", "Retries not made because retry.budget was used up."},
    {"thalamus_service_timeouts_total",
     "Attempts that got no connection or no response head in time."},
    {"thalamus_service_malformed_responses_total",
     "Responses of targets that violated HTTP or were cut off."},
    {"thalamus_service_ejections_total",
     "Ejections of targets after consecutive failures (outlier)."},
    {"thalamus_service_health_changes_total", "Changes of targets between healthy and unhealthy."},
};
static_assert(std::size(service_counters) == static_cast<std::size_t>(service_counter::count));

} // namespace

void add_route_families(families& all, const shards& shards,
                        const std::vector<std::string>& names) {
    auto requests = family("thalamus_requests_total",
                           "Finished requests by route and status class.", MetricType::Counter);
    auto incomplete = family("thalamus_requests_incomplete_total",
                             "Requests whose response was cut off: the client left, the target "
                             "failed, or a deadline passed.",
                             MetricType::Counter);
    auto bytes_in = family("thalamus_request_bytes_total",
                           "Bytes received from clients, heads and bodies.", MetricType::Counter);
    auto bytes_out = family("thalamus_response_bytes_total",
                            "Bytes sent to clients, heads and bodies.", MetricType::Counter);
    auto total = family("thalamus_request_duration_seconds",
                        "Time from the first byte of the request to the last byte of the response.",
                        MetricType::Histogram);
    auto own =
        family("thalamus_gateway_duration_seconds",
               "Time spent in the gateway itself: from a complete head to the head sent on, for "
               "request and response; all of a local response.",
               MetricType::Histogram);

    for (std::size_t index = 0; index < names.size(); ++index) {
        std::vector<const route_cells*> used;
        for (const shard_cells* shard : shards) {
            if (const route_cells* cells = shard->used_route(index)) used.push_back(cells);
        }
        if (used.empty()) continue;
        const labels route{{"route", names[index]}};
        const auto sum = [&](auto cell) {
            std::uint64_t value = 0;
            for (const route_cells* cells : used) value += cell(*cells).get();
            return value;
        };
        for (std::size_t c = 0; c < code_classes.size(); ++c) {
            add_counter(requests,
                        {{"route", names[index]}, {"code_class", std::string(code_classes[c])}},
                        sum([c](const route_cells& r) -> auto& { return r.requests[c]; }));
        }
        add_counter(incomplete, route, sum([](auto& r) -> auto& { return r.incomplete; }));
        add_counter(bytes_in, route, sum([](auto& r) -> auto& { return r.bytes_in; }));
        add_counter(bytes_out, route, sum([](auto& r) -> auto& { return r.bytes_out; }));
        histogram_sum total_sum, own_sum;
        for (const route_cells* cells : used) {
            cells->total.add_to(total_sum);
            cells->own.add_to(own_sum);
        }
        add_histogram(total, route, total_sum, bounds::exchange);
        add_histogram(own, route, own_sum, bounds::own);
    }
    for (auto* made : {&requests, &incomplete, &bytes_in, &bytes_out, &total, &own}) {
        move_to(all, std::move(*made));
    }
}

void add_service_families(families& all, const shards& shards,
                          const std::vector<std::string>& names) {
    auto requests = family("thalamus_service_requests_total",
                           "Finished requests by service and the status class sent to the client.",
                           MetricType::Counter);
    auto upstream =
        family("thalamus_upstream_duration_seconds",
               "Time from sending the request to a target, or starting to wait for one, to "
               "the last byte of its response.",
               MetricType::Histogram);
    for (std::size_t index = 0; index < names.size(); ++index) {
        for (std::size_t c = 0; c < code_classes.size(); ++c) {
            add_counter(
                requests, {{"service", names[index]}, {"code_class", std::string(code_classes[c])}},
                sum(
                    shards, [&](auto& s) -> auto& { return s.service(index).requests[c]; }));
        }
        histogram_sum times;
        for (const shard_cells* shard : shards) shard->service(index).upstream.add_to(times);
        add_histogram(upstream, {{"service", names[index]}}, times, bounds::exchange);
    }
    move_to(all, std::move(requests));
    move_to(all, std::move(upstream));

    for (std::size_t i = 0; i < std::size(service_gauges); ++i) {
        auto made = family(service_gauges[i].name, service_gauges[i].help, MetricType::Gauge);
        for (std::size_t index = 0; index < names.size(); ++index) {
            const std::uint64_t value = sum(
                shards, [&](auto& s) -> auto& { return s.service(index).gauges[i]; });
            add_gauge(made, {{"service", names[index]}},
                      static_cast<double>(static_cast<std::int64_t>(value)));
        }
        move_to(all, std::move(made));
    }
    for (std::size_t i = 0; i < std::size(service_counters); ++i) {
        auto made = family(service_counters[i].name, service_counters[i].help, MetricType::Counter);
        for (std::size_t index = 0; index < names.size(); ++index) {
            add_counter(
                made, {{"service", names[index]}},
                sum(
                    shards, [&](auto& s) -> auto& { return s.service(index).counters[i]; }));
        }
        move_to(all, std::move(made));
    }
}

void add_limit_families(families& all, const shards& shards,
                        const std::vector<std::string>& names) {
    static constexpr std::array<std::string_view, static_cast<std::size_t>(limit_decision::count)>
        decisions{"granted", "refused", "unavailable", "would_refuse"};
    auto made = family("thalamus_rate_limit_decisions_total",
                       "Requests by rate limit and decision.", MetricType::Counter);
    for (std::size_t index = 0; index < names.size(); ++index)
        for (std::size_t d = 0; d < decisions.size(); ++d)
            add_counter(made, {{"limit", names[index]}, {"decision", std::string(decisions[d])}},
                        sum(
                            shards, [&](auto& s) -> auto& { return s.limit(index).decisions[d]; }));
    move_to(all, std::move(made));
}

void add_auth_families(families& all, const shards& shards, const std::vector<std::string>& names,
                       std::span<const std::string_view> reasons) {
    static constexpr std::array<std::string_view, static_cast<std::size_t>(auth_decision::count)>
        decisions{"passed", "anonymous", "missing", "refused", "forbidden", "unavailable"};
    auto made = family("thalamus_auth_decisions_total",
                       "Requests by authentication method and decision.", MetricType::Counter);
    for (std::size_t index = 0; index < names.size(); ++index)
        for (std::size_t d = 0; d < decisions.size(); ++d)
            add_counter(
                made, {{"method", names[index]}, {"decision", std::string(decisions[d])}},
                sum(
                    shards, [&](auto& s) -> auto& { return s.auth_method(index).decisions[d]; }));
    move_to(all, std::move(made));

    // There are many reasons, and a method has few of them: only those that occurred are shown.
    auto refusals = family("thalamus_auth_refusals_total",
                           "Requests that did not pass, by authentication method and reason.",
                           MetricType::Counter);
    for (std::size_t index = 0; index < names.size(); ++index)
        for (std::size_t r = 0; r < reasons.size(); ++r) {
            const auto seen = sum(
                shards, [&](auto& s) -> auto& { return s.auth_method(index).refusals[r]; });
            if (seen > 0)
                add_counter(refusals,
                            {{"method", names[index]}, {"reason", std::string(reasons[r])}}, seen);
        }
    move_to(all, std::move(refusals));
}

void add_node_families(families& all, const shards& shards) {
    for (std::size_t i = 0; i < std::size(node_gauges); ++i) {
        auto made = family(node_gauges[i].name, node_gauges[i].help, MetricType::Gauge);
        const std::uint64_t value = sum(
            shards, [&](auto& s) -> auto& { return s.gauges[i]; });
        add_gauge(made, {}, static_cast<double>(static_cast<std::int64_t>(value)));
        all.push_back(std::move(made));
    }
    for (std::size_t i = 0; i < std::size(node_counters); ++i) {
        auto made = family(node_counters[i].name, node_counters[i].help, MetricType::Counter);
        add_counter(made, {},
                    sum(
                        shards, [&](auto& s) -> auto& { return s.counters[i]; }));
        all.push_back(std::move(made));
    }
}

void add_target_families(families& all, const std::vector<target_state>& targets) {
    std::map<std::pair<std::string, std::string>, target_state> merged;
    for (const target_state& target : targets) {
        const auto [at, added] = merged.try_emplace({target.service, target.target}, target);
        if (added) continue;
        at->second.healthy = at->second.healthy && target.healthy;
        at->second.ejected = at->second.ejected || target.ejected;
        at->second.in_flight += target.in_flight;
    }
    auto healthy = family("thalamus_target_healthy",
                          "1 while the target passes its health checks or has none, else 0.",
                          MetricType::Gauge);
    auto ejected = family("thalamus_target_ejected",
                          "1 while the target is ejected after consecutive failures, else 0.",
                          MetricType::Gauge);
    auto in_flight = family("thalamus_target_requests_in_flight",
                            "Requests that hold a connection to the target.", MetricType::Gauge);
    for (const auto& [names, state] : merged) {
        const labels label{{"service", names.first}, {"target", names.second}};
        add_gauge(healthy, label, state.healthy ? 1 : 0);
        add_gauge(ejected, label, state.ejected ? 1 : 0);
        add_gauge(in_flight, label, static_cast<double>(state.in_flight));
    }
    move_to(all, std::move(healthy));
    move_to(all, std::move(ejected));
    move_to(all, std::move(in_flight));
}

void add_process_families(families& all, const process_stats& stats) {
    add_counter_family(all, "process_cpu_seconds_total",
                       "User and system CPU time of the process, in seconds.", stats.cpu_seconds);
    const auto add = [&](const char* name, const char* help, double value) {
        auto made = family(name, help, MetricType::Gauge);
        add_gauge(made, {}, value);
        all.push_back(std::move(made));
    };
    add("process_resident_memory_bytes", "Resident memory of the process, in bytes.",
        stats.resident_bytes);
    add("process_virtual_memory_bytes", "Virtual memory of the process, in bytes.",
        stats.virtual_bytes);
    add("process_open_fds", "Number of open file descriptors.", stats.open_fds);
    add("process_max_fds", "Maximum number of open file descriptors.", stats.max_fds);
    add("process_threads", "Number of threads of the process.", stats.threads);
    add("process_start_time_seconds", "Start of the process, in seconds since the Unix epoch.",
        stats.start_time_seconds);
}

void add_info_family(families& all, std::string name, std::string help,
                     const std::string& version) {
    auto made = family(std::move(name), std::move(help), MetricType::Gauge);
    add_gauge(made, {{"version", version}}, 1);
    all.push_back(std::move(made));
}

void add_gauge_family(families& all, std::string name, std::string help, const std::string& label,
                      const metrics::labelled_values& values) {
    auto made = family(std::move(name), std::move(help), MetricType::Gauge);
    for (const auto& [value_of_label, value] : values)
        add_gauge(made, {{label, value_of_label}}, value);
    all.push_back(std::move(made));
}

void add_counter_family(families& all, std::string name, std::string help, double value) {
    auto made = family(std::move(name), std::move(help), MetricType::Counter);
    add_counter(made, {}, value);
    all.push_back(std::move(made));
}

} // namespace thalamus::observe
