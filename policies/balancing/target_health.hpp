#pragma once
// Decides whether a target may get traffic: by health checks (`health`) and by the outcome of
// requests (`outlier`). One service_health per service and process: every method may be called
// from any reactor at any time; time is passed in.
//
//   probes:    healthy --unhealthy_after failures in a row--> unhealthy
//              unhealthy --healthy_after successes in a row--> healthy
//              (the very first probe decides alone)
//   requests:  in --consecutive_failures--> ejected for eject_for x times --time passes--> in
//              (one failure is enough while another node has ejected the target)

#include "config/service_settings.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

namespace thalamus::balancing {

class service_health {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Targets of weight 0 get no traffic, so they do not count as remaining targets.
    service_health(std::span<const std::uint32_t> weights,
                   std::optional<config::health_settings> health,
                   std::optional<config::outlier_settings> outlier);

    /// Copies the state from the previous set, where the target with the same address had the index
    /// `previous_index`. To be called before this object is shared; `previous` may be in use.
    void take_over(std::size_t target, const service_health& previous, std::size_t previous_index);
    /// After take_over(): ends all ejections if every healthy target is ejected.
    void end_ejections_if_none_is_left(time_point now);

    /// Healthy according to its probes, and not ejected.
    bool available(std::size_t target, time_point now) const {
        const auto& t = targets_[target];
        return t.healthy.load(std::memory_order_relaxed) &&
               now.time_since_epoch().count() >= t.ejected_until.load(std::memory_order_relaxed);
    }

    /// Reports the result of a probe; true if it changed `healthy`.
    bool probed(std::size_t target, bool success);

    /// Reports what another prober found; true if it changed `healthy`.
    bool report(std::size_t target, bool healthy);
    /// Another node has ejected the target: until `until`, one failure here is enough.
    void warned(std::size_t target, time_point until);

    /// A request got a response whose status is not a failure.
    void succeeded(std::size_t target) {
        auto& failures = targets_[target].failures;
        if (failures.load(std::memory_order_relaxed) != 0)
            failures.store(0, std::memory_order_relaxed);
    }

    /// A request failed because of the target; true if the target was ejected for that. Never
    /// ejects the last available target, nor more targets than max_ejected allows (but always one
    /// of two or more). Failures of an ejected target do not count: those requests were sent
    /// before.
    bool failed(std::size_t target, time_point now);

    struct state {
        bool healthy = true, ejected = false;
        std::uint32_t consecutive_failures = 0, times_ejected = 0;
        time_point ejected_until{}; ///< if ejected
    };
    state look(std::size_t target, time_point now) const;

    /// When a service without an available target may have one again: at the earliest end of an
    /// ejection; nullopt if only a probe can help. For Retry-After.
    std::optional<time_point> next_return(time_point now) const;

private:
    struct alignas(64) target {
        bool usable = true; // its weight is not 0
        std::atomic<bool> healthy{true};
        std::atomic<bool> probed{false};
        std::atomic<std::uint32_t> streak{0};   // probes in a row that contradict `healthy`
        std::atomic<std::uint32_t> failures{0}; // failed requests in a row
        std::atomic<std::uint32_t> times{0};    // ejections so far, less those forgiven over time
        std::atomic<std::chrono::steady_clock::rep> ejected_until;
        std::atomic<std::chrono::steady_clock::rep> warned_until;
    };

    std::size_t size_;
    std::size_t usable_ = 0; // number of usable targets
    std::optional<config::health_settings> health_;
    std::optional<config::outlier_settings> outlier_;
    std::unique_ptr<target[]> targets_;
    std::mutex ejecting_; // so that two reactors together do not eject too many
};

/// Statuses that count as a failure of the target: 500, 502, 503, 504.
bool is_target_failure(unsigned status);

} // namespace thalamus::balancing
