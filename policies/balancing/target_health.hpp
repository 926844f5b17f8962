#pragma once
// Whether a target may get traffic: by probes (`health`) and by what happens to requests
// (`outlier`). One service_health per service and process: every method may be called from any
// reactor at any time; time is passed in.
//
//   probes:    healthy --unhealthy_after failures in a row--> unhealthy
//              unhealthy --healthy_after successes in a row--> healthy
//              (the first probe of all decides alone)
//   requests:  in --consecutive_failures (one, while another node has it ejected)--> ejected for eject_for x times --time passes--> in

#include "config/snapshot.hpp"

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

    /// `weights` of the targets: those of 0 get no traffic, so none is left for them to take.
    service_health(std::span<const std::uint32_t> weights,
                   std::optional<config::health_settings> health,
                   std::optional<config::outlier_settings> outlier);

    /// What `from` knows of its target `as`: the same address in the set before. Before this object is
    /// shared; `from` may be in use.
    void take_over(std::size_t target, const service_health& from, std::size_t as);
    /// After take_over(): where every target that is healthy came ejected, none is.
    void end_ejections_if_none_is_left(time_point now);

    /// Healthy by its probes and not ejected.
    bool available(std::size_t target, time_point now) const {
        const auto& t = targets_[target];
        return t.healthy.load(std::memory_order_relaxed) &&
               now.time_since_epoch().count() >= t.ejected_until.load(std::memory_order_relaxed);
    }

    /// The result of a probe; true if `healthy` changed by it.
    bool probed(std::size_t target, bool success);

    /// What another prober found; true if `healthy` changed by it.
    bool told(std::size_t target, bool healthy);
    /// Another node has ejected the target: until then one failure here is enough.
    void warned(std::size_t target, time_point until);

    /// A request was answered with a status that is no failure.
    void succeeded(std::size_t target) {
        auto& failures = targets_[target].failures;
        if (failures.load(std::memory_order_relaxed) != 0)
            failures.store(0, std::memory_order_relaxed);
    }

    /// A request failed by the target's fault; true if it was ejected for that. Never ejects the last
    /// available target, nor more than max_ejected allows (but always one of two or more). Failures
    /// of an ejected target are of requests that it had before, and count no more.
    bool failed(std::size_t target, time_point now);

    struct state {
        bool healthy = true, ejected = false;
        std::uint32_t consecutive_failures = 0, times_ejected = 0;
        time_point ejected_until{}; ///< with ejected
    };
    state look(std::size_t target, time_point now) const;

    /// Until when a service without an available target has none for sure: the soonest end of an
    /// ejection; nullopt if only a probe can help. For Retry-After.
    std::optional<time_point> next_return(time_point now) const;

private:
    struct alignas(64) target {
        bool usable = true; // by its weight
        std::atomic<bool> healthy{true};
        std::atomic<bool> probed{false};
        std::atomic<std::uint32_t> streak{0};   // probes in a row that contradict `healthy`
        std::atomic<std::uint32_t> failures{0}; // requests in a row
        std::atomic<std::uint32_t> times{0};    // ejected so far, less what good behaviour took off
        std::atomic<std::chrono::steady_clock::rep> ejected_until;
        std::atomic<std::chrono::steady_clock::rep> warned_until;
    };

    std::size_t size_;
    std::size_t usable_ = 0; // targets
    std::optional<config::health_settings> health_;
    std::optional<config::outlier_settings> outlier_;
    std::unique_ptr<target[]> targets_;
    std::mutex ejecting_; // so that two reactors together do not eject too many
};

/// Statuses that count as a failure of the target: 500, 502, 503, 504.
bool is_target_failure(unsigned status);

} // namespace thalamus::balancing
