#include "policies/limits/fallback_quota.hpp"

#include <algorithm>
#include <cstring>

namespace thalamus::limits {

using config::limit_algorithm;

namespace {
/// The reply if there is no quota, or the key is beyond `most_keys`.
grant nothing(std::int64_t now) {
    grant g;
    g.retry = std::chrono::milliseconds(50); // the situation may have changed by then
    g.reset = std::chrono::seconds(1);
    g.ends = now;
    return g;
}
} // namespace

void fallback_quota::fund(const part& p, std::int64_t now) {
    if (funded_ && part_ == p) return;
    const auto before = std::move(parts_);
    since_ = now;
    part_ = p;
    funded_ = true;
    parts_.clear();
    for (const auto& r : rules_) parts_.push_back(r.part_of_node(p.rank, p.nodes));
    // What was granted remains as debt; the quota starts again from nothing.
    for (auto& [name, a] : accounts_) {
        std::size_t rule;
        std::memcpy(&rule, name.data(), sizeof rule);
        a.carried += debt_of(a, before[rule], now);
        a.granted = 0;
        a.state = fresh(parts_[rule]).state;
    }
}

std::string& fallback_quota::name_of(std::size_t rule, std::string_view key) {
    name_.assign(reinterpret_cast<const char*>(&rule), sizeof rule);
    name_.append(key);
    return name_;
}

fallback_quota::account fallback_quota::fresh(const rule& quota) const {
    account a;
    if (quota.algorithm == limit_algorithm::token_bucket) {
        a.state.as_of = since_;
        a.state.debt = quota.burst * quota.cost;
    } else {
        a.state.as_of = since_ / quota.period.count();
        a.state.current = quota.count;
        a.state.previous = quota.algorithm == limit_algorithm::sliding_window ? quota.count : 0;
    }
    return a;
}

grant fallback_quota::take(std::size_t rule, std::string_view key, const demand& demand,
                           std::int64_t now) {
    if (!funded_ || parts_[rule].burst == 0) return nothing(now);
    const auto& quota = parts_[rule];
    auto found = accounts_.find(name_of(rule, key));
    if (found == accounts_.end()) {
        if (accounts_.size() >= most_keys) return nothing(now);
        found = accounts_.emplace(name_, fresh(quota)).first;
    }
    auto& a = found->second;
    const auto g = limits::take(a.state, quota, {demand.need, 0}, now);
    a.granted += g.granted;
    if (quota.algorithm != limit_algorithm::token_bucket)
        charge(a.counted, quota, g.granted, now, now);
    return g;
}

void fallback_quota::give_back(std::size_t rule, std::string_view key, std::int64_t permits,
                               std::int64_t ends, std::int64_t now) {
    const auto found = accounts_.find(name_of(rule, key));
    if (!funded_ || found == accounts_.end()) return;
    auto& a = found->second;
    limits::give_back(a.state, parts_[rule], permits, ends, now);
    limits::give_back(a.counted, parts_[rule], permits, ends, now);
    a.granted = std::max<std::int64_t>(0, a.granted - permits);
}

/// For a token bucket. Time has paid off the rest, here as in the store.
std::int64_t fallback_quota::debt_of(account& account, const rule& quota, std::int64_t now) {
    if (quota.algorithm != limit_algorithm::token_bucket || quota.burst == 0) return 0;
    const auto free = limits::take(account.state, quota, {0, 0}, now).remaining;
    return std::min(account.granted, quota.burst - free);
}

std::vector<fallback_quota::debt> fallback_quota::take_debts(std::int64_t now) {
    std::vector<debt> all;
    for (auto& item : accounts_) {
        const auto& name = item.first;
        auto& a = item.second;
        std::size_t rule;
        std::memcpy(&rule, name.data(), sizeof rule);
        const auto& quota = parts_[rule];
        const auto add = [&](std::int64_t permits, std::int64_t when) {
            if (permits > 0) all.push_back({rule, name.substr(sizeof rule), permits, when});
        };
        if (quota.algorithm == limit_algorithm::token_bucket) {
            add(a.carried + debt_of(a, quota, now), now);
        } else {
            charge(a.counted, quota, 0, now, now);
            add(a.counted.current, now);
            add(a.counted.previous, now - quota.period.count());
        }
    }
    accounts_.clear();
    funded_ = false;
    return all;
}

} // namespace thalamus::limits
