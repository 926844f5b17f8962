#pragma once
// Chooses the node that does a job for the whole cluster, such as probing a target or fetching the
// keys of an issuer. It is the node with the highest hash (rendezvous hashing, Thaler and
// Ravishankar 1998), so when a node joins or leaves, only the jobs of that node move. Pure.

#include "base/stable_hash.hpp"

#include <span>
#include <string>

namespace thalamus::base {

/// Returns one of `nodes`, or an empty name if there are none. All callers must pass the same
/// nodes. `part` distinguishes the jobs within one `whole`, such as the targets of a service.
inline std::string_view rendezvous_node(std::string_view whole, std::string_view part,
                                        std::span<const std::string> nodes) {
    const auto job = stable_hash(whole) ^ mix(stable_hash(part));
    std::string_view best;
    std::uint64_t highest = 0;
    for (const auto& node : nodes) {
        const auto weight = mix(job ^ stable_hash(node));
        if (best.empty() || weight > highest || (weight == highest && node < best)) {
            best = node;
            highest = weight;
        }
    }
    return best;
}

} // namespace thalamus::base
