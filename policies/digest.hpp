#pragma once
// Text that stands for a value that must not be seen: the same on every node, and nobody finds the
// value, or another one, from it (SHA-256, FIPS 180-4). Values that can be guessed can be tried. Any
// thread.

#include <array>
#include <cstring>
#include <string>
#include <string_view>

namespace thalamus::policies {

using sha256_bytes = std::array<unsigned char, 32>;

/// @throws std::runtime_error if OpenSSL has no SHA-256
sha256_bytes sha256(std::string_view of);

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

} // namespace thalamus::policies
