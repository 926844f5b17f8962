#pragma once
// Which node of a cluster probes a target: the one whose hash with it is highest (rendezvous hashing,
// Thaler and Ravishankar 1998), so that a node that goes or comes moves its own targets only. Pure.

#include "policies/stable_hash.hpp"

#include <span>
#include <string>

namespace thalamus::policies {

/// Of `nodes`, which all that ask must name alike; empty if there are none.
inline std::string_view prober_of(std::string_view service, std::string_view target,
                                  std::span<const std::string> nodes) {
    const auto of = stable_hash(service) ^ mix(stable_hash(target));
    std::string_view best;
    std::uint64_t highest = 0;
    for (const auto& node : nodes) {
        const auto weight = mix(of ^ stable_hash(node));
        if (best.empty() || weight > highest || (weight == highest && node < best)) {
            best = node;
            highest = weight;
        }
    }
    return best;
}

} // namespace thalamus::policies
