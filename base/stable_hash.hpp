#pragma once
// A hash that is the same on every node, in every build and after every restart.

#include <cstdint>
#include <string_view>

namespace thalamus::base {

/// Spreads a number over all 64 bits (the finalizer of splitmix64).
constexpr std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/// FNV-1a, 64 bits.
constexpr std::uint64_t fnv1a(std::string_view text) {
    std::uint64_t h = 0xcbf29ce484222325u;
    for (unsigned char c : text) h = (h ^ c) * 0x100000001b3u;
    return h;
}

/// FNV-1a followed by mix().
constexpr std::uint64_t stable_hash(std::string_view text) { return mix(fnv1a(text)); }

} // namespace thalamus::base
