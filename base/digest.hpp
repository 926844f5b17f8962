#pragma once
// SHA-256 digests (FIPS 180-4) of values that must not be visible. A digest is the same on every
// node. It reveals neither the value nor another value with the same digest, but it can confirm a
// guess. Any thread.

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace thalamus::base {

using sha256_bytes = std::array<unsigned char, 32>;

/// The digest of `text` followed by `more`. @throws std::runtime_error if OpenSSL has no SHA-256
sha256_bytes sha256(std::string_view text, std::string_view more = {});

/// For digests as keys of a hash map: they are already random.
struct digest_hash {
    using is_avalanching = void;
    std::size_t operator()(const sha256_bytes& digest) const {
        std::size_t first = 0;
        std::memcpy(&first, digest.data(), sizeof first);
        return first;
    }
};

/// Compares in constant time.
struct digest_equal {
    bool operator()(const sha256_bytes& a, const sha256_bytes& b) const {
        std::array<std::uint64_t, 4> x, y;
        static_assert(sizeof x == sizeof a);
        std::memcpy(x.data(), a.data(), sizeof x);
        std::memcpy(y.data(), b.data(), sizeof y);
        return ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3])) == 0;
    }
};

} // namespace thalamus::base
