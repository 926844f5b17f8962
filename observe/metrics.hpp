#pragma once
// Counters and histograms of a node. Each reactor has a shard that only this reactor writes
// (relaxed atomics, no locks, one allocation per route when it is first used). A scrape adds up the
// shards and prints Prometheus text. Label values come only from the configuration (route ids,
// service names, target addresses), so clients cannot increase their number. Requests without a
// matching route count for the route "none". docs/metrics.md lists the metrics.

#include "config/snapshot.hpp"
#include "observe/exchange_record.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thalamus::observe {

/// Gauges and counters that do not belong to an exchange, per shard.
enum class gauge : unsigned char { client_connections, exchanges_in_flight, tunnels, count };
enum class counter : unsigned char {
    client_connections_accepted,
    client_connections_refused, ///< over limits.connections
    accept_failures,            ///< no descriptors or memory: clients wait
    requests_refused,           ///< malformed, rejected before routing
    actors_restarted,
    token_cache_hits,
    jwks_fetches,
    jwks_failures,
    auth_lookups,
    auth_lookup_failures,
    count
};
enum class service_gauge : unsigned char {
    connections_active,
    connections_idle,
    requests_in_flight,
    requests_waiting,
    count
};
enum class service_counter : unsigned char {
    connections_opened,
    connect_failures,
    attempts,
    retries,
    retries_denied_by_budget,
    timeouts,
    malformed_responses,
    ejections,
    health_changes,
    count
};

/// The outcome of a request at one rate limit.
enum class limit_decision : unsigned char {
    granted,
    refused,
    unavailable,  ///< the remaining quota was unknown: 503
    would_refuse, ///< dry_run
    count
};

/// The outcome of a request at one auth method.
enum class auth_decision : unsigned char {
    passed,
    anonymous,   ///< no credential, which is allowed
    missing,     ///< no credential: 401; counted for the route's first auth method
    refused,     ///< invalid credential: 401
    forbidden,   ///< 403
    unavailable, ///< information for the decision was not available: 503
    count
};

/// The state of a target, which a scrape gets from the owner of the targets.
struct target_state {
    std::string service, target;
    bool healthy = true, ejected = false;
    std::uint64_t in_flight = 0;
};

class metrics;

/// The shard of one reactor. Call it only on that reactor.
class metrics_shard {
public:
    void exchange_finished(const exchange_record& record);
    void add(gauge g, std::int64_t delta);
    void add(counter c, std::uint64_t n = 1);
    void add(std::size_t service, service_gauge g, std::int64_t delta);
    void add(std::size_t service, service_counter c, std::uint64_t n = 1);
    void add(std::size_t limit, limit_decision decision);
    void add(std::size_t auth_method, auth_decision decision);
    /// Counts a rejected request. `reason` is an index into the names that metrics got.
    void add_refusal(std::size_t auth_method, std::size_t reason);

private:
    friend class metrics;
    struct impl;
    explicit metrics_shard(std::unique_ptr<impl>);
    std::unique_ptr<impl> impl_;

public:
    ~metrics_shard();
};

class metrics {
public:
    /// `auth_reasons` are the names of the reasons for rejecting requests; static text.
    metrics(config::snapshot_ptr snapshot, unsigned reactors,
            std::span<const std::string_view> auth_reasons = {});
    ~metrics();

    metrics_shard& shard(unsigned reactor);

    /// Finished requests so far. Any thread.
    std::uint64_t requests() const;

    /// `source` is called on every scrape, from any thread.
    void on_scrape_targets(std::function<std::vector<target_state>()> source);
    /// Adds a counter whose value is requested on every scrape, from any thread. The name has the
    /// prefix thalamus_ and the suffix _total, which is added if missing.
    /// @throws std::invalid_argument if the name is not a metric name or already used.
    void add_counter_source(std::string name, std::string help, std::function<double()> value);

    /// Adds gauges whose values are requested on every scrape, from any thread, with a label that
    /// has few and fixed values.
    /// @throws std::invalid_argument if the name is not a metric name or already used.
    using labelled_values = std::vector<std::pair<std::string, double>>;
    void add_gauge_source(std::string name, std::string help, std::string label,
                          std::function<labelled_values()> values);

    /// Sets the version in thalamus_build_info, which is absent before.
    void set_build_version(std::string version);

    enum class text_format : unsigned char { prometheus, open_metrics };
    /// The whole exposition. Any thread, but preferably not a reactor: it takes about a millisecond
    /// per twenty used routes.
    std::string expose(text_format format) const;
    /// Chooses the format by the Accept field of the request.
    static text_format format_for(std::string_view accept);
    static std::string_view content_type(text_format format);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace thalamus::observe
