#pragma once
// xoshiro256++ (Blackman, Vigna; public domain): fast random numbers for identifiers, jitter and
// load balancing; not for secrets. One per reactor, seeded once; not thread-safe.
// Meets UniformRandomBitGenerator.

#include <bit>
#include <cstdint>
#include <limits>

namespace thalamus::base {

class xoshiro256 {
public:
    using result_type = std::uint64_t;
    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

    /// Any seed is fine: splitmix64 spreads it over the state.
    explicit xoshiro256(std::uint64_t seed) {
        for (auto& word : state_) {
            seed += 0x9e3779b97f4a7c15u;
            auto z = seed;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
            z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
            word = z ^ (z >> 31);
        }
    }

    result_type operator()() {
        auto result = std::rotl(state_[0] + state_[3], 23) + state_[0];
        auto t = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= t;
        state_[3] = std::rotl(state_[3], 45);
        return result;
    }

    /// Uniform in [0, bound) for bound > 0. The bias (less than bound / 2^32) does not matter here.
    std::uint32_t below(std::uint32_t bound) {
        return static_cast<std::uint32_t>(((*this)() >> 32) * bound >> 32);
    }

private:
    std::uint64_t state_[4];
};

} // namespace thalamus::base
