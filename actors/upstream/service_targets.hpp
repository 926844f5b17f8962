#pragma once
// The targets of a service as its names stand now, with their health; shared by all reactors.

#include "config/snapshot.hpp"
#include "net/socket.hpp"
#include "net/timer.hpp"
#include "policies/balancing/target_health.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace thalamus::actors {

/// One address. A configured name that stands for several addresses makes several targets.
struct target {
    net::tcp_endpoint address;
    std::string text;      ///< "192.0.2.1:8000": for logs and metrics
    std::string authority; ///< host[:port] as configured: for `host: target` and probes
    std::uint32_t weight = 1;
    std::uint64_t id = 0; ///< stable_hash of text
};

/// Immutable but for the health, which any reactor may report to.
class target_set {
public:
    /// What `before` (null if there was none) knows of an address stays known: names that stand for
    /// changing subsets would bring dead targets back with each look-up.
    target_set(std::vector<target> targets, const config::service_settings& settings,
               const target_set* before, net::time_point now);
    const std::vector<target> targets;
    balancing::service_health health;
    /// Requests under way, of all reactors, by target.
    const std::unique_ptr<std::atomic<std::uint32_t>[]> in_flight;
};

/// Where the present set is found. Any thread.
class service_targets {
public:
    explicit service_targets(const config::service_settings& settings) : settings_(settings) {}
    const config::service_settings& settings() const { return settings_; }

    /// Null until a name was found to have an address.
    std::shared_ptr<target_set> current() const;
    void replace(std::shared_ptr<target_set> with);

    /// Every name was looked up once, whatever came of it: a name that is not known must not keep the
    /// node from serving the others.
    bool looked_up() const { return looked_up_.load(std::memory_order_relaxed); }
    void set_looked_up() { looked_up_.store(true, std::memory_order_relaxed); }

private:
    const config::service_settings& settings_;
    mutable std::mutex mutex_;
    std::shared_ptr<target_set> current_;
    std::atomic<bool> looked_up_{false};
};

} // namespace thalamus::actors
