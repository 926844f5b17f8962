#include "actors/limits/reconciliation.hpp"

#include "observe/program_log.hpp"

#include <utility>

namespace thalamus::actors {

namespace {
constexpr std::chrono::milliseconds retry_after{100};
observe::log_limit charge_log{1};

/// A grant older than this no longer affects what may be granted.
std::int64_t memory_of(const limits::rule& rule) {
    const bool bucket = rule.algorithm == config::limit_algorithm::token_bucket;
    return rule.depth().count() * (bucket ? 1 : 2);
}
} // namespace

reconciliation::reconciliation(net::reactor& home, std::span<const limits::rule> rules)
    : home_(home),
      rules_(rules),
      retry_(home_.timers(), base::bind<&reconciliation::charge_some>(this)) {}

void reconciliation::add(std::vector<debt> debts, std::int64_t now) {
    for (auto& d : debts) debts_.push_back(std::move(d));
    forget_old(now);
}

void reconciliation::forget_old(std::int64_t now) {
    std::erase_if(debts_, [&](const auto& d) { return now - d.when > memory_of(rules_[d.rule]); });
    if (debts_.size() <= most_debts) return;
    observe::log_limited(
        charge_log, observe::log_level::error,
        "rate limits: {} grants from the fallback quota are too many to keep until "
        "the store can be charged; dropped {}",
        debts_.size(), debts_.size() - most_debts);
    debts_.erase(debts_.begin(), debts_.end() - most_debts);
}

void reconciliation::begin(store::ledger& ledger, std::function<std::int64_t()> clock,
                           std::function<void()> on_done) {
    ledger_ = &ledger;
    clock_ = std::move(clock);
    on_done_ = std::move(on_done);
    charge_some();
}

void reconciliation::stop() {
    ledger_ = nullptr;
    retry_.disarm();
}

void reconciliation::charge_some() {
    if (!ledger_ || charging_) return;
    charging_ = true; // a charge may complete within the call
    if (under_way_ == 0 && debts_.empty()) debts_ = std::exchange(failed_, {});
    forget_old(clock_());
    while (ledger_ && under_way_ < most_under_way && !debts_.empty()) {
        auto charge = std::move(debts_.back());
        debts_.pop_back();
        ++under_way_;
        const limits::microseconds ago(std::max<std::int64_t>(0, clock_() - charge.when));
        const auto& rule = rules_[charge.rule];
        const auto key = charge.key;
        ledger_->charge(key, rule, charge.permits, ago,
                        [this, charge = std::move(charge)](store::result<store::done> result) {
                            charged(charge, result);
                        });
    }
    charging_ = false;
    if (!ledger_ || under_way_ > 0 || !debts_.empty()) return;
    if (!failed_.empty()) retry_.arm(home_.now() + retry_after);
    else on_done_();
}

void reconciliation::charged(debt charge, const store::result<store::done>& result) {
    --under_way_;
    if (const auto* failure = std::get_if<store::failure>(&result)) {
        observe::log_limited(charge_log, observe::log_level::warn,
                             "limit {}: cannot charge the store for grants from the fallback quota "
                             "({}); retrying",
                             rules_[charge.rule].name, store::to_text(*failure));
        failed_.push_back(std::move(charge));
    }
    charge_some();
}

} // namespace thalamus::actors
