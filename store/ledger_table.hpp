#pragma once
// The ledger entries of the rate limits of one node, bounded whatever keys the clients cause. Any
// thread: keys are spread over stripes with a lock each.
//
// An entry that is equivalent to an absent one is removed, a few at a time, as others are used.
// While a stripe is full of live entries, further keys share entries by their hash, per rule: such
// a key may get less than its rule allows, never more. A key stays with its shared entry until that
// is forgotten.

#include "base/keyed_hash.hpp"
#include "policies/limits/rule_change.hpp"

#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace thalamus::store {

class ledger_table {
public:
    static constexpr std::size_t stripes = 64;
    struct bounds {
        std::size_t entries = std::size_t{1} << 20;
        std::size_t shared = std::size_t{1} << 16; ///< for each rule
    };
    explicit ledger_table(bounds most);

    /// Runs f on the entry of `key`, which is created if needed, and returns the result of f.
    template <class F>
    auto with_entry(std::string_view key, const limits::rule& rule, std::int64_t now, F&& f) {
        const identity id = identify(key, rule);
        stripe& home = stripe_of(id);
        const std::lock_guard lock(home.mutex);
        return apply(*open(home, id, now, true), rule, now, f);
    }
    /// Runs f on the entry of `key` if there is one.
    template <class F>
    void with_known_entry(std::string_view key, const limits::rule& rule, std::int64_t now, F&& f) {
        const identity id = identify(key, rule);
        stripe& home = stripe_of(id);
        const std::lock_guard lock(home.mutex);
        if (record* found = open(home, id, now, false)) apply(*found, rule, now, f);
    }

    /// The number of entries with a key of their own.
    std::size_t size() const { return size_.load(std::memory_order_relaxed); }

private:
    struct record {
        limits::entry state;
        std::int64_t unit = 0; // see policies/limits/rule_change.hpp
        std::int64_t forget_at = 0;
    };
    /// A rule's name and algorithm, and a key of that rule.
    struct identity {
        char algorithm;
        std::string_view rule, key;
        std::uint64_t hash;
    };
    struct owned_identity {
        std::string text; // algorithm, rule, ':', key
        std::uint64_t hash;
    };
    struct hasher {
        using is_transparent = void;
        std::size_t operator()(const owned_identity& id) const { return id.hash; }
        std::size_t operator()(const identity& id) const { return id.hash; }
    };
    struct equal {
        using is_transparent = void;
        bool operator()(const owned_identity& a, const owned_identity& b) const {
            return a.text == b.text;
        }
        bool operator()(const identity& a, const owned_identity& b) const;
        bool operator()(const owned_identity& a, const identity& b) const { return (*this)(b, a); }
    };
    using map = std::unordered_map<owned_identity, record, hasher, equal>;
    struct alignas(64) stripe {
        std::mutex mutex;
        map entries;
        std::vector<map::pointer> order; // for the sweep
        std::size_t hand = 0;            // where the sweep continues
        unsigned calls = 0;
        std::unordered_map<std::string, std::vector<record>> shared; // by algorithm and rule
    };

    template <class F>
    static auto apply(record& record, const limits::rule& rule, std::int64_t now, F& f) {
        limits::adapt(record.state, record.unit, rule, now);
        record.unit = limits::unit_of(rule);
        struct at_end { // f may return void
            ledger_table::record& record;
            const limits::rule& rule;
            ~at_end() { record.forget_at = limits::forget_after(record.state, rule); }
        } remember{record, rule};
        return f(record.state);
    }

    identity identify(std::string_view key, const limits::rule& rule) const;
    stripe& stripe_of(const identity& id) { return stripes_[id.hash >> 58]; }
    /// Null: the key is unknown, and `make` is false.
    record* open(stripe& in, const identity& id, std::int64_t now, bool make);
    record* find_shared(stripe& in, const identity& id, bool make);
    void sweep(stripe& in, std::int64_t now, unsigned steps);

    const bounds most_;
    const base::keyed_hash hash_;
    std::array<stripe, stripes> stripes_;
    std::atomic<std::size_t> size_{0};
};

} // namespace thalamus::store
