#pragma once
// The keys of a service. Private to config/.

#include "config/notations.hpp"

namespace thalamus::config {

/// URLs, or blocks with a URL and a weight.
void read_targets(reader& in, const cursor& at, std::vector<target_settings>& into);
void write_targets(block_writer& out, std::string_view key,
                   const std::vector<target_settings>& from);
void read_target_url(reader& in, const cursor& at, target_settings& into);
void write_target_url(block_writer& out, std::string_view key, const target_settings& from);
/// preserve, target or a host.
void read_host(reader& in, const cursor& at, service_settings& into);
void write_host(block_writer& out, std::string_view key, const service_settings& from);
std::optional<std::string> read_health_path(reader& in, const cursor& at);
/// connect, reset, timeout and statuses.
void read_retry_causes(reader& in, const cursor& at, retry_settings& into);
void write_retry_causes(block_writer& out, std::string_view key, const retry_settings& from);

inline constexpr notation<std::string> health_path{read_health_path, as_is};

template <class Block>
void describe(Block& target, target_settings& into) {
    target.custom("url", into, read_target_url, write_target_url, "as in url: http://host:port");
    target.integer("weight", into.weight, 0, 1'000'000);
}

template <class Block>
void describe(Block& health, health_settings& into) {
    health.value("path", into.path, health_path);
    health.duration("interval", into.interval, milliseconds(100));
    health.duration("timeout", into.timeout);
    health.integer("healthy_after", into.healthy_after, 1, 1000);
    health.integer("unhealthy_after", into.unhealthy_after, 1, 1000);
    health.list("status", into.status, status_list);
}

template <class Block>
void describe(Block& outlier, outlier_settings& into) {
    outlier.integer("consecutive_failures", into.consecutive_failures, 1, 1'000'000);
    outlier.duration("eject_for", into.eject_for);
    outlier.percent("max_ejected", into.max_ejected);
}

template <class Block>
void describe(Block& retry, retry_settings& into) {
    retry.integer("attempts", into.attempts, 1, 10);
    retry.custom("on", into, read_retry_causes, write_retry_causes);
    retry.duration("backoff", into.backoff, milliseconds(0));
    retry.percent("budget", into.budget);
    retry.list("methods", into.methods, method_list);
}

template <class Block>
void describe(Block& service, service_settings& into) {
    const auto off_hint = "write {} for the defaults, or off";
    service.custom("targets", into.targets, read_targets, write_targets,
                   "as in targets: [\"http://host:port\"]");
    service.choice("balance", into.balance,
                   {{"least_requests", balance_by::least_requests},
                    {"round_robin", balance_by::round_robin},
                    {"hash", balance_by::hash}});
    service.value("hash_on", into.hash_on, hash_source_notation);
    service.duration("connect_timeout", into.connect_timeout);
    service.duration("timeout", into.timeout);
    service.nested("connections", [&](auto& connections) {
        connections.integer("max", into.max_connections, 1, 1'000'000);
        connections.duration("idle", into.idle);
        connections.boolean("per_target", into.per_target);
    });
    service.custom("host", into, read_host, write_host);
    service.optional("health", into.health, off_hint);
    service.optional("outlier", into.outlier, off_hint);
    service.optional("retry", into.retry, off_hint);
    service.not_yet({"tls", "protocol", "breaker", "concurrency", "hedge"});
}

} // namespace thalamus::config
