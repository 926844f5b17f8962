#include "actors/limits/reconciliation.hpp"

#include "observe/program_log.hpp"

#include <utility>

namespace thalamus::actors {

namespace {
constexpr std::chrono::milliseconds before_again{100};
observe::log_limit charge_log{1};

/// After so long a grant has no bearing on what may be granted.
std::int64_t memory_of(const limits::rule& by) {
    const bool bucket = by.algorithm == config::limit_algorithm::token_bucket;
    return by.depth().count() * (bucket ? 1 : 2);
}
} // namespace

limit_settlement::limit_settlement(net::reactor& home, std::span<const limits::rule> rules)
    : home_(home),
      rules_(rules),
      shares_(rules),
      again_(
          home.timers(), [](void* self) { static_cast<limit_settlement*>(self)->charge_some(); },
          this) {}

void limit_settlement::stop_sharing(std::int64_t now) {
    if (!shares_.funded()) return;
    for (auto& owed : shares_.settle(now)) owed_.push_back(std::move(owed));
    forget_old(now);
}

void limit_settlement::forget_old(std::int64_t now) {
    std::erase_if(owed_, [&](const auto& o) { return now - o.when > memory_of(rules_[o.rule]); });
    if (owed_.size() <= most_owed) return;
    observe::log_limited(charge_log, observe::log_level::error,
                         "rate limits: {} grants of this node's share are too many to keep until "
                         "the store can be charged; {} are forgotten",
                         owed_.size(), owed_.size() - most_owed);
    owed_.erase(owed_.begin(), owed_.end() - most_owed);
}

void limit_settlement::begin(store::ledger& with, std::function<std::int64_t()> clock,
                             std::function<void()> settled) {
    with_ = &with;
    clock_ = std::move(clock);
    settled_ = std::move(settled);
    charge_some();
}

void limit_settlement::stop() {
    with_ = nullptr;
    again_.disarm();
}

void limit_settlement::charge_some() {
    if (!with_ || charging_) return;
    charging_ = true; // a charge may be answered within the call
    if (under_way_ == 0 && owed_.empty()) owed_ = std::exchange(failed_, {});
    forget_old(clock_());
    while (with_ && under_way_ < most_under_way && !owed_.empty()) {
        auto what = std::move(owed_.back());
        owed_.pop_back();
        ++under_way_;
        const limits::microseconds ago(std::max<std::int64_t>(0, clock_() - what.when));
        const auto& by = rules_[what.rule];
        const auto key = what.key;
        with_->charge(
            key, by, what.permits, ago,
            [this, what = std::move(what)](store::result<store::done> how) { charged(what, how); });
    }
    charging_ = false;
    if (!with_ || under_way_ > 0 || !owed_.empty()) return;
    if (!failed_.empty()) again_.arm(home_.now() + before_again);
    else settled_();
}

void limit_settlement::charged(limits::share_book::owed what,
                               const store::result<store::done>& how) {
    --under_way_;
    if (const auto* why = std::get_if<store::failure>(&how)) {
        observe::log_limited(charge_log, observe::log_level::warn,
                             "limit {}: the store is not charged with what was granted without "
                             "it ({}); trying again",
                             rules_[what.rule].name, store::to_text(*why));
        failed_.push_back(std::move(what));
    }
    charge_some();
}

} // namespace thalamus::actors
