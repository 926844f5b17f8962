#pragma once
// Which node of a cluster does what one node does for all, such as probing a target or fetching an
// issuer's keys: the one whose hash with it is highest (rendezvous hashing, Thaler and Ravishankar 1998),
// so that a node that goes or comes moves its own work only. Pure.

#include "base/stable_hash.hpp"

#include <span>
#include <string>

namespace thalamus::base {

/// Of `nodes`, which all that ask must name alike; empty if there are none. `part` tells apart what is
/// done for one `whole`: the targets of a service.
inline std::string_view rendezvous_node(std::string_view whole, std::string_view part,
                                        std::span<const std::string> nodes) {
    const auto of = stable_hash(whole) ^ mix(stable_hash(part));
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

} // namespace thalamus::base
