#pragma once
// Counters and histograms of a node. Each reactor owns a shard that only it writes (relaxed atomics,
// no locks; it allocates once per route, when that is first used); a scrape adds the shards up and
// prints Prometheus text. Label values come from the configuration only (route ids, service names,
// target addresses), so that their number is bounded whatever clients send. What is matched by no
// route counts under route "none". The list of metrics: docs/metrics.md.

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

/// Gauges and counters that are not of an exchange; per reactor shard.
enum class gauge : unsigned char { client_connections, exchanges_in_flight, tunnels, count };
enum class counter : unsigned char {
    client_connections_accepted,
    client_connections_refused, ///< over limits.connections
    accept_failures,            ///< for want of descriptors or memory: clients wait
    requests_refused,           ///< malformed, answered before routing
    actors_restarted,
    token_cache_hits,
    jwks_fetches,
    jwks_failures,
    auth_inquiries,
    auth_inquiry_failures,
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
    tries,
    retries,
    retries_denied_by_budget,
    timeouts,
    malformed_answers,
    ejections,
    health_changes,
    count
};

/// What became of requests at one rate limit.
enum class limit_decision : unsigned char {
    granted,
    refused,
    unavailable,  ///< nobody knew what was left: 503
    would_refuse, ///< dry_run
    count
};

/// What became of requests at one way to authenticate.
enum class auth_decision : unsigned char {
    passed,
    anonymous,   ///< without a credential, where that is allowed
    missing,     ///< no credential: 401; counted for the route's first way
    refused,     ///< a credential that does not count: 401
    forbidden,   ///< 403
    unavailable, ///< what was needed to decide was not to be had: 503
    count
};

/// What a scrape asks the owner of the targets for, per service.
struct target_state {
    std::string service, target;
    bool healthy = true, ejected = false;
    std::uint64_t in_flight = 0;
};

class metrics;

/// One reactor's part; every call only on that reactor.
class metrics_shard {
public:
    void exchange_finished(const exchange_record& record);
    void add(gauge which, std::int64_t delta);
    void add(counter which, std::uint64_t n = 1);
    void add(std::size_t service, service_gauge which, std::int64_t delta);
    void add(std::size_t service, service_counter which, std::uint64_t n = 1);
    void add(std::size_t limit, limit_decision which);
    void add(std::size_t way, auth_decision which);
    /// A request that did not pass; `reason` is an index into the names that metrics was given.
    void add_refusal(std::size_t way, std::size_t reason);

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
    /// `auth_reasons`: names of why requests may not pass; static text.
    metrics(config::snapshot_ptr snapshot, unsigned reactors,
            std::span<const std::string_view> auth_reasons = {});
    ~metrics();

    metrics_shard& shard(unsigned reactor);

    /// Finished requests so far. Any thread.
    std::uint64_t requests() const;

    /// Asked on every scrape; may be called from any thread.
    void on_scrape_targets(std::function<std::vector<target_state>()> source);
    /// Extra totals asked on every scrape, from any thread: name (with the thalamus_ prefix; ends in
    /// _total, which is added if missing), help, value.
    /// @throws std::invalid_argument if the name is no metric name or was given before.
    void add_counter_source(std::string name, std::string help, std::function<double()> value);

    /// Values asked on every scrape, from any thread, by a label whose values are few and fixed.
    /// @throws std::invalid_argument if the name is no metric name or was given before.
    using labelled_values = std::vector<std::pair<std::string, double>>;
    void add_gauge_source(std::string name, std::string help, std::string label,
                          std::function<labelled_values()> values);

    /// What thalamus_build_info says; absent before.
    void set_build_version(std::string version);

    enum class text_format : unsigned char { prometheus, open_metrics };
    /// The whole exposition. Any thread; it takes about a millisecond per twenty routes used, so it
    /// is better not called on a reactor.
    std::string expose(text_format format) const;
    /// By the request's Accept field.
    static text_format format_for(std::string_view accept);
    static std::string_view content_type(text_format format);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace thalamus::observe
