#pragma once
// The counters of one reactor. Only this reactor writes them; scrapes read them.

#include "observe/histogram.hpp"
#include "observe/metrics.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string_view>

namespace thalamus::observe {

/// By the first digit of the status; 0 = no head sent.
inline constexpr std::array<std::string_view, 6> code_classes{"none", "1xx", "2xx",
                                                              "3xx",  "4xx", "5xx"};

inline std::size_t code_class(unsigned status) {
    const unsigned digit = status / 100;
    return digit < code_classes.size() ? digit : 0;
}

/// The exchanges of one route on one reactor. Aligned, so that reactors do not share a cache line.
struct alignas(64) route_cells {
    std::array<single_writer_count, code_classes.size()> requests;
    single_writer_count incomplete, bytes_in, bytes_out;
    histogram<bounds::exchange> total;
    histogram<bounds::own> own;
};

/// A gauge is the sum over all shards. The part of a shard can be negative; it is kept modulo 2^64.
struct alignas(64) service_cells {
    std::array<single_writer_count, code_classes.size()> requests;
    histogram<bounds::exchange> upstream;
    std::array<single_writer_count, static_cast<std::size_t>(service_gauge::count)> gauges;
    std::array<single_writer_count, static_cast<std::size_t>(service_counter::count)> counters;
};

struct alignas(64) limit_cells {
    std::array<single_writer_count, static_cast<std::size_t>(limit_decision::count)> decisions;
};

struct alignas(64) auth_method_cells {
    std::array<single_writer_count, static_cast<std::size_t>(auth_decision::count)> decisions;
    std::unique_ptr<single_writer_count[]> refusals; ///< indexed by reason
};

class alignas(64) shard_cells {
public:
    shard_cells(std::size_t routes, std::size_t services, std::size_t limits,
                std::size_t auth_methods, std::size_t reasons)
        : routes_(std::make_unique<std::atomic<route_cells*>[]>(routes)),
          route_count_(routes),
          services_(std::make_unique<service_cells[]>(services)),
          service_count_(services),
          limits_(std::make_unique<limit_cells[]>(limits)),
          limit_count_(limits),
          auth_methods_(std::make_unique<auth_method_cells[]>(auth_methods)),
          auth_method_count_(auth_methods),
          reason_count_(reasons) {
        for (std::size_t i = 0; i < auth_methods; ++i)
            auth_methods_[i].refusals = std::make_unique<single_writer_count[]>(reasons);
    }
    ~shard_cells() {
        for (std::size_t i = 0; i < route_count_; ++i) delete routes_[i].load();
    }
    shard_cells(const shard_cells&) = delete;

    /// Created when the route is first used, because a reactor may see few of thousands of routes.
    /// Owner only. @pre index < route_count()
    route_cells& route(std::size_t index) {
        route_cells* cells = routes_[index].load(std::memory_order_relaxed);
        if (!cells) {
            cells = new route_cells;
            routes_[index].store(cells, std::memory_order_release);
        }
        return *cells;
    }

    /// Null if the route has not been used on this reactor. Any thread.
    const route_cells* used_route(std::size_t index) const {
        return routes_[index].load(std::memory_order_acquire);
    }

    /// @pre index < service_count()
    service_cells& service(std::size_t index) { return services_[index]; }
    const service_cells& service(std::size_t index) const { return services_[index]; }

    /// @pre index < limit_count()
    limit_cells& limit(std::size_t index) { return limits_[index]; }
    const limit_cells& limit(std::size_t index) const { return limits_[index]; }

    std::size_t route_count() const { return route_count_; }
    std::size_t service_count() const { return service_count_; }
    std::size_t limit_count() const { return limit_count_; }

    /// @pre index < auth_method_count()
    auth_method_cells& auth_method(std::size_t index) { return auth_methods_[index]; }
    const auth_method_cells& auth_method(std::size_t index) const { return auth_methods_[index]; }
    std::size_t auth_method_count() const { return auth_method_count_; }
    std::size_t reason_count() const { return reason_count_; }

    std::array<single_writer_count, static_cast<std::size_t>(gauge::count)> gauges;
    std::array<single_writer_count, static_cast<std::size_t>(counter::count)> counters;
    single_writer_count finished; ///< exchanges on all routes

private:
    std::unique_ptr<std::atomic<route_cells*>[]> routes_;
    std::size_t route_count_;
    std::unique_ptr<service_cells[]> services_;
    std::size_t service_count_;
    std::unique_ptr<limit_cells[]> limits_;
    std::size_t limit_count_;
    std::unique_ptr<auth_method_cells[]> auth_methods_;
    std::size_t auth_method_count_, reason_count_;
};

/// The data of metrics_shard.
struct metrics_shard::impl {
    impl(std::size_t routes, std::size_t services, std::size_t limits, std::size_t auth_methods,
         std::size_t reasons, std::size_t unmatched)
        : cells(routes, services, limits, auth_methods, reasons),
          unmatched_route(unmatched) {}
    shard_cells cells;
    std::size_t unmatched_route; ///< index of the route "none"
};

} // namespace thalamus::observe
