#pragma once
// What a reactor granted from this node's share of the limits, and owes the store for it. Part of the
// reactor's context, so that it outlives the rate limiter; used on that reactor only. What a charge that
// fails is for stays owed, and is tried again.

#include "net/reactor.hpp"
#include "policies/limits/share.hpp"
#include "store/store.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace thalamus::actors {

class limit_settlement {
public:
    /// `rules` must outlive it.
    limit_settlement(net::reactor& home, std::span<const limits::rule> rules);

    limits::share_book& shares() { return shares_; }
    /// No more is granted; what was is owed. `now` by the store's clock.
    void stop_sharing(std::int64_t now);

    /// Charges `with` until nothing is owed, then calls `settled`, perhaps within this call. `clock`
    /// tells the store's time. Both, and the ledger, are used until stop().
    void begin(store::ledger& with, std::function<std::int64_t()> clock,
               std::function<void()> settled);
    void stop();

private:
    void charge_some();
    void charged(limits::share_book::owed what, const store::result<store::done>& how);
    void forget_old(std::int64_t now);

    static constexpr std::size_t most_under_way = 256;
    static constexpr std::size_t most_owed = 2 * limits::share_book::most_keys;

    net::reactor& home_;
    const std::span<const limits::rule> rules_;
    limits::share_book shares_;
    std::vector<limits::share_book::owed> owed_, failed_;
    std::size_t under_way_ = 0;
    bool charging_ = false; // within charge_some()
    store::ledger* with_ = nullptr;
    std::function<std::int64_t()> clock_;
    std::function<void()> settled_;
    net::timer again_;
};

} // namespace thalamus::actors
