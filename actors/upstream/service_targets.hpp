#pragma once
// The current targets of a service, as its names resolve now, with their health. Shared by all
// reactors.

#include "config/service_settings.hpp"
#include "net/socket.hpp"
#include "net/timer.hpp"
#include "policies/balancing/target_health.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace thalamus::actors {

/// One address. A configured name that resolves to several addresses makes several targets.
struct target {
    net::tcp_endpoint address;
    std::string text;      ///< "192.0.2.1:8000": for logs and metrics
    std::string authority; ///< host[:port] as configured: for `host: target` and probes
    std::uint32_t weight = 1;
    std::uint64_t id = 0; ///< stable_hash of text
};

/// Immutable except for the health and the counts, which any reactor may update.
class target_set {
public:
    /// Takes over the health of addresses that are also in `before` (null if there was none).
    /// Otherwise names that resolve to changing subsets would bring dead targets back with each
    /// lookup.
    target_set(std::vector<target> targets, const config::service_settings& settings,
               const target_set* before, net::time_point now);
    const std::vector<target> targets;
    balancing::service_health health;
    /// Requests in flight on all reactors, by target.
    const std::unique_ptr<std::atomic<std::uint32_t>[]> in_flight;
};

/// Holds the current target set of a service. Any thread.
class service_targets {
public:
    explicit service_targets(const config::service_settings& settings) : settings_(settings) {}
    const config::service_settings& settings() const { return settings_; }

    /// Null until a name has resolved to an address.
    std::shared_ptr<target_set> current() const;
    void replace(std::shared_ptr<target_set> with);

    /// True once every name was looked up, successfully or not: an unknown name must not keep the
    /// node from serving the other services.
    bool looked_up() const { return looked_up_.load(std::memory_order_relaxed); }
    void set_looked_up() { looked_up_.store(true, std::memory_order_relaxed); }

private:
    const config::service_settings& settings_;
    mutable std::mutex mutex_;
    std::shared_ptr<target_set> current_;
    std::atomic<bool> looked_up_{false};
};

} // namespace thalamus::actors
