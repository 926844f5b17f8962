#pragma once
// Which target gets a request. One balancer per service and reactor: not thread-safe, no clock;
// randomness is passed in.

#include "base/random.hpp"
#include "config/snapshot.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace thalamus::balancing {

/// What the balancer knows of a target; kept up to date by its owner.
struct target_view {
    std::uint64_t id = 0;        ///< stable_hash of its address: the same on every node
    std::uint32_t weight = 1;    ///< 0 = gets nothing
    std::uint32_t in_flight = 0; ///< requests it has not answered yet, of this reactor
    bool available = true;       ///< healthy and not ejected
};

class balancer {
public:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    explicit balancer(config::balance_by by) : by_(by) {}

    /// Index of the target to use, or `none` if no target is available. `tried` are indices that
    /// failed for this request already: they are taken again only if there is no other.
    /// `key` is the stable_hash of what `hash_on` names; other ways ignore it.
    /// When targets are added or removed, call `reset` first.
    std::size_t pick(std::span<const target_view> targets, std::span<const std::uint32_t> tried,
                     std::uint64_t key, base::xoshiro256& random);

    void reset() { prepared_ = false; }

private:
    void prepare(std::span<const target_view> targets, base::xoshiro256& random);
    std::size_t draw(std::span<const target_view> targets, base::xoshiro256& random) const;
    template <class Usable>
    std::size_t pick_least(std::span<const target_view>, const Usable&, base::xoshiro256&);
    template <class Usable>
    std::size_t pick_round_robin(std::span<const target_view>, const Usable&);
    template <class Usable>
    std::size_t pick_hash(std::span<const target_view>, const Usable&, std::uint64_t key) const;
    template <class Usable>
    std::size_t pick_by(std::span<const target_view>, const Usable&, std::uint64_t key,
                        base::xoshiro256&);

    config::balance_by by_;
    bool prepared_ = false;
    bool equal_weights_ = true;
    std::size_t next_ = 0;                 // round robin with equal weights
    std::vector<std::int64_t> current_;    // smooth weighted round robin
    std::vector<std::uint64_t> cumulated_; // sums of weights, for weighted draws
};

} // namespace thalamus::balancing
