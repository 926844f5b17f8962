#include "actors/limits/reconciliation.hpp"

#include "observe/program_log.hpp"

#include <utility>

namespace thalamus::actors {

namespace {
constexpr std::chrono::milliseconds before_again{100};
observe::log_limit charge_log{1};

/// A grant older than this no longer affects what may be granted.
std::int64_t memory_of(const limits::rule& by) {
    const bool bucket = by.algorithm == config::limit_algorithm::token_bucket;
    return by.depth().count() * (bucket ? 1 : 2);
}
} // namespace

reconciliation::reconciliation(net::reactor& home, std::span<const limits::rule> rules)
    : home_(home),
      rules_(rules),
      shares_(rules),
      again_(home.timers(), base::bind<&reconciliation::charge_some>(this)) {}

void reconciliation::stop_sharing(std::int64_t now) {
    if (!shares_.funded()) return;
    for (auto& owed : shares_.settle(now)) owed_.push_back(std::move(owed));
    forget_old(now);
}

void reconciliation::forget_old(std::int64_t now) {
    std::erase_if(owed_, [&](const auto& o) { return now - o.when > memory_of(rules_[o.rule]); });
    if (owed_.size() <= most_owed) return;
    observe::log_limited(
        charge_log, observe::log_level::error,
        "rate limits: {} grants from the fallback quota are too many to keep until "
        "the store can be charged; dropped {}",
        owed_.size(), owed_.size() - most_owed);
    owed_.erase(owed_.begin(), owed_.end() - most_owed);
}

void reconciliation::begin(store::ledger& with, std::function<std::int64_t()> clock,
                           std::function<void()> settled) {
    with_ = &with;
    clock_ = std::move(clock);
    settled_ = std::move(settled);
    charge_some();
}

void reconciliation::stop() {
    with_ = nullptr;
    again_.disarm();
}

void reconciliation::charge_some() {
    if (!with_ || charging_) return;
    charging_ = true; // a charge may complete within the call
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

void reconciliation::charged(limits::fallback_quota::owed what,
                             const store::result<store::done>& how) {
    --under_way_;
    if (const auto* why = std::get_if<store::failure>(&how)) {
        observe::log_limited(charge_log, observe::log_level::warn,
                             "limit {}: cannot charge the store for grants from the fallback quota "
                             "({}); retrying",
                             rules_[what.rule].name, store::to_text(*why));
        failed_.push_back(std::move(what));
    }
    charge_some();
}

} // namespace thalamus::actors
