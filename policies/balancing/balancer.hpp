#pragma once
// Chooses the target for a request. One balancer per service and reactor: not thread-safe, no
// clock; randomness is passed in.

#include "base/random.hpp"
#include "config/service_settings.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace thalamus::balancing {

/// What the balancer knows about a target; its owner keeps it up to date.
struct target_view {
    std::uint64_t id = 0;        ///< stable_hash of its address: the same on every node
    std::uint32_t weight = 1;    ///< 0: gets no traffic
    std::uint32_t in_flight = 0; ///< this reactor's requests in flight
    bool available = true;       ///< healthy and not ejected
};

class balancer {
public:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    explicit balancer(config::balance_by algorithm) : algorithm_(algorithm) {}

    /// The index of the target to use, or `none` if no target is available. `tried` are the targets
    /// where this request has already failed: they are picked again only if there is no other.
    /// `key` is the stable_hash of what `hash_on` names; other algorithms ignore it. After targets
    /// are added or removed, call reset() first.
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

    config::balance_by algorithm_;
    bool prepared_ = false;
    bool equal_weights_ = true;
    std::size_t next_ = 0;                 // round robin with equal weights
    std::vector<std::int64_t> current_;    // smooth weighted round robin
    std::vector<std::uint64_t> cumulated_; // sums of weights, for weighted draws
};

} // namespace thalamus::balancing
