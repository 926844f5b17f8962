#pragma once
// A hash for tables with keys that clients choose. It uses a secret of this process, so that
// clients cannot choose keys that collide. Hashes differ after a restart and on other nodes.

#include <cstdint>
#include <cstring>
#include <random>
#include <string_view>

namespace thalamus::base {

class keyed_hash {
public:
    keyed_hash() {
        std::random_device device;
        for (auto& word : secret_)
            word = (std::uint64_t{device()} << 32 | device()) | 1; // never multiply by zero
    }

    std::uint64_t operator()(std::string_view text, std::uint64_t seed = 0) const {
        std::uint64_t h = seed ^ secret_[0] ^ text.size();
        for (; text.size() > 8; text.remove_prefix(8)) h = fold(h ^ word(text, 8), secret_[1]);
        h = fold(h ^ word(text, text.size()), secret_[2]);
        // One multiplication alone leaves keys that count up ("c1", "c2") in clusters under some
        // secrets.
        return fold(h, secret_[1]);
    }

private:
    static std::uint64_t word(std::string_view text, std::size_t size) {
        std::uint64_t w = 0;
        if (size > 0) std::memcpy(&w, text.data(), size); // an empty view may have no data
        return w;
    }
    /// Both halves of the product combined, so that every bit of `a` affects the whole result.
    static std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
        __extension__ using wide = unsigned __int128;
        const auto product = wide{a ^ (b >> 32)} * b;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    }

    std::uint64_t secret_[3];
};

} // namespace thalamus::base
