#pragma once
// Charges the store for what a reactor granted from the fallback quota. A charge that fails is
// retried, until the debt is too old to matter. Part of the reactor's context, so that debts
// outlive the rate limiter; used on that reactor only.

#include "net/reactor.hpp"
#include "policies/limits/fallback_quota.hpp"
#include "store/store.hpp"

#include <functional>
#include <vector>

namespace thalamus::actors {

class reconciliation {
public:
    using debt = limits::fallback_quota::debt;

    /// `rules` must outlive this object.
    reconciliation(net::reactor& home, std::span<const limits::rule> rules);

    /// Adds debts, to be charged from the next begin() on. `now` is by the store's clock.
    void add(std::vector<debt> debts, std::int64_t now);

    /// Charges `ledger` until no debt is left, then calls `on_done`, perhaps within this call.
    /// `clock` returns the store's time. The callbacks and the ledger are used until stop().
    void begin(store::ledger& ledger, std::function<std::int64_t()> clock,
               std::function<void()> on_done);
    void stop();

private:
    void charge_some();
    void charged(debt charge, const store::result<store::done>& result);
    void forget_old(std::int64_t now);

    static constexpr std::size_t most_under_way = 256;
    static constexpr std::size_t most_debts = 2 * limits::fallback_quota::most_keys;

    net::reactor& home_;
    const std::span<const limits::rule> rules_;
    std::vector<debt> debts_, failed_;
    std::size_t under_way_ = 0;
    bool charging_ = false; // within charge_some()
    store::ledger* ledger_ = nullptr;
    std::function<std::int64_t()> clock_;
    std::function<void()> on_done_;
    net::timer retry_;
};

} // namespace thalamus::actors
