#pragma once
// The grants of a reactor from this node's fallback quota, and the debt to the store for them. Part
// of the reactor's context, so that it outlives the rate limiter; used on that reactor only. If a
// charge fails, its debt remains and the charge is retried.

#include "net/reactor.hpp"
#include "policies/limits/fallback_quota.hpp"
#include "store/store.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace thalamus::actors {

class reconciliation {
public:
    /// `rules` must outlive this object.
    reconciliation(net::reactor& home, std::span<const limits::rule> rules);

    limits::fallback_quota& shares() { return shares_; }
    /// Stops granting and turns all grants into debt. `now` is by the store's clock.
    void stop_sharing(std::int64_t now);

    /// Charges `with` until no debt is left, then calls `settled`, perhaps within this call.
    /// `clock` returns the store's time. The callbacks and the ledger are used until stop().
    void begin(store::ledger& with, std::function<std::int64_t()> clock,
               std::function<void()> settled);
    void stop();

private:
    void charge_some();
    void charged(limits::fallback_quota::debt what, const store::result<store::done>& how);
    void forget_old(std::int64_t now);

    static constexpr std::size_t most_under_way = 256;
    static constexpr std::size_t most_owed = 2 * limits::fallback_quota::most_keys;

    net::reactor& home_;
    const std::span<const limits::rule> rules_;
    limits::fallback_quota shares_;
    std::vector<limits::fallback_quota::debt> owed_, failed_;
    std::size_t under_way_ = 0;
    bool charging_ = false; // within charge_some()
    store::ledger* with_ = nullptr;
    std::function<std::int64_t()> clock_;
    std::function<void()> settled_;
    net::timer again_;
};

} // namespace thalamus::actors
