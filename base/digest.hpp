#pragma once
// Text that stands for a value that must not be seen: the same on every node, and nobody finds the
// value, or another one, from it (SHA-256, FIPS 180-4). Values that can be guessed can be tried. Any
// thread.

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace thalamus::base {

using sha256_bytes = std::array<unsigned char, 32>;

/// Of both, one behind the other. @throws std::runtime_error if OpenSSL has no SHA-256
sha256_bytes sha256(std::string_view of, std::string_view more = {});

/// Appends bytes in hexadecimal, lower case.
void append_hex(const unsigned char* bytes, std::size_t size, std::string& out);

/// Of digests that are keys of a hash map: they are random already.
struct digest_hash {
    using is_avalanching = void;
    std::size_t operator()(const sha256_bytes& of) const {
        std::size_t first = 0;
        std::memcpy(&first, of.data(), sizeof first);
        return first;
    }
};

/// In a time that does not depend on how much of them is equal.
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
