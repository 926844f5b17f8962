#pragma once
// The fallback quota: what a node grants by itself while no node reaches the store, its part of
// each rule. Every key starts with nothing, because what the store granted last is unknown: over
// any interval that spans the loss, the sum stays within the rule. When the store is back, the
// permits granted here are charged to it (take_debts()), before it is used again. One per reactor,
// for the keys that it owns. Times are in microseconds of the store's clock, as far as it is known.
// Bounded: beyond `most_keys`, new keys get nothing.

#include "policies/limits/ledger.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thalamus::limits {

/// A node's rank among the nodes that divide the rules.
struct part {
    unsigned rank = 0, nodes = 1;
    bool operator==(const part&) const = default;
};

class fallback_quota {
public:
    static constexpr std::size_t most_keys = 131'072;

    explicit fallback_quota(std::span<const rule> rules) : rules_(rules) {}

    /// Sets the quota from now on. If the part has changed, every key starts again with nothing.
    void fund(const part& p, std::int64_t now);
    bool funded() const { return funded_; }

    grant take(std::size_t rule, std::string_view key, const demand& demand, std::int64_t now);
    void give_back(std::size_t rule, std::string_view key, std::int64_t permits, std::int64_t ends,
                   std::int64_t now);

    /// Permits that were granted and that the store does not know about.
    struct debt {
        std::size_t rule = 0;
        std::string key;
        std::int64_t permits = 0;
        std::int64_t when = 0; ///< when they were granted
    };
    /// The debts to charge to the store. Ends the quota and forgets everything.
    std::vector<debt> take_debts(std::int64_t now);

private:
    struct account {
        entry state;              // of this node's part of the rule
        entry counted;            // windows: what was actually granted
        std::int64_t granted = 0; // token bucket
        std::int64_t carried = 0; // the same, as debt from an earlier part
    };
    std::string& name_of(std::size_t rule, std::string_view key);
    account fresh(const rule& quota) const;
    static std::int64_t debt_of(account& account, const rule& quota, std::int64_t now);

    std::span<const rule> rules_;
    std::vector<rule> parts_; // by rule
    part part_;
    bool funded_ = false;
    std::int64_t since_ = 0;
    boost::unordered_flat_map<std::string, account> accounts_; // by rule and key
    std::string name_;
};

} // namespace thalamus::limits
