#pragma once
// A hash for tables whose keys clients choose: without the seed nobody can make keys that collide.

#include "policies/stable_hash.hpp"

#include <cstring>

namespace thalamus::policies {

inline std::uint64_t seeded_hash(std::uint64_t seed, std::string_view text) {
    std::uint64_t h = mix(seed ^ text.size());
    while (text.size() >= 8) {
        std::uint64_t word;
        std::memcpy(&word, text.data(), 8);
        h = mix(h ^ word) + seed;
        text.remove_prefix(8);
    }
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), text.size());
    return mix(h ^ word) + seed;
}

} // namespace thalamus::policies
