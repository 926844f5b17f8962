#include "policies/routing/split.hpp"

#include "base/stable_hash.hpp"

namespace thalamus::routing {

std::size_t choose_share(const config::split_action& split, std::uint64_t key) {
    std::uint64_t total = 0;
    for (const auto& share : split.to) total += share.weight;
    // Mixed again, because the same hash may choose the target: the choices must be independent.
    const auto position = static_cast<double>(base::mix(key ^ 0xa0761d6478bd642fu) >> 11) *
                          0x1p-53 * static_cast<double>(total);
    std::uint64_t end = 0;
    std::size_t last = 0; // last share with a weight
    for (std::size_t i = 0; i < split.to.size(); ++i) {
        end += split.to[i].weight;
        if (position < static_cast<double>(end)) return i;
        if (split.to[i].weight > 0) last = i;
    }
    return last;
}

} // namespace thalamus::routing
