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
    for (const auto& r : rules_) parts_.push_back(r.share(p.rank, p.nodes));
    // What was granted remains as debt; the quota starts again from nothing.
    for (auto& [name, a] : accounts_) {
        std::size_t rule;
        std::memcpy(&rule, name.data(), sizeof rule);
        a.carried += owed_of(a, before[rule], now);
        a.granted = 0;
        a.state = fresh(parts_[rule]).state;
    }
}

std::string& fallback_quota::name_of(std::size_t rule, std::string_view key) {
    name_.assign(reinterpret_cast<const char*>(&rule), sizeof rule);
    name_.append(key);
    return name_;
}

fallback_quota::account fallback_quota::fresh(const rule& by) const {
    account a;
    if (by.algorithm == limit_algorithm::token_bucket) {
        a.state.at = since_;
        a.state.debt = by.burst * by.cost;
    } else {
        a.state.at = since_ / by.period.count();
        a.state.current = by.count;
        a.state.previous = by.algorithm == limit_algorithm::sliding_window ? by.count : 0;
    }
    return a;
}

grant fallback_quota::take(std::size_t rule, std::string_view key, const demand& what,
                           std::int64_t now) {
    if (!funded_ || parts_[rule].burst == 0) return nothing(now);
    const auto& by = parts_[rule];
    auto found = accounts_.find(name_of(rule, key));
    if (found == accounts_.end()) {
        if (accounts_.size() >= most_keys) return nothing(now);
        found = accounts_.emplace(name_, fresh(by)).first;
    }
    auto& a = found->second;
    const auto g = limits::take(a.state, by, {what.need, 0}, now);
    a.granted += g.granted;
    if (by.algorithm != limit_algorithm::token_bucket) charge(a.counted, by, g.granted, now, now);
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
std::int64_t fallback_quota::owed_of(account& of, const rule& by, std::int64_t now) {
    if (by.algorithm != limit_algorithm::token_bucket || by.burst == 0) return 0;
    const auto free = limits::take(of.state, by, {0, 0}, now).remaining;
    return std::min(of.granted, by.burst - free);
}

std::vector<fallback_quota::owed> fallback_quota::settle(std::int64_t now) {
    std::vector<owed> all;
    for (auto& item : accounts_) {
        const auto& name = item.first;
        auto& a = item.second;
        std::size_t rule;
        std::memcpy(&rule, name.data(), sizeof rule);
        const auto& by = parts_[rule];
        const auto owe = [&](std::int64_t permits, std::int64_t when) {
            if (permits > 0) all.push_back({rule, name.substr(sizeof rule), permits, when});
        };
        if (by.algorithm == limit_algorithm::token_bucket) {
            owe(a.carried + owed_of(a, by, now), now);
        } else {
            charge(a.counted, by, 0, now, now);
            owe(a.counted.current, now);
            owe(a.counted.previous, now - by.period.count());
        }
    }
    accounts_.clear();
    funded_ = false;
    return all;
}

} // namespace thalamus::limits
