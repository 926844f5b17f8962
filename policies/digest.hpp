#pragma once
// Text that stands for a value that must not be seen: the same on every node, and nobody finds the
// value, or another one, from it (SHA-256, FIPS 180-4). Values that can be guessed can be tried. Any
// thread.

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace thalamus::policies {

using sha256_bytes = std::array<unsigned char, 32>;

/// @throws std::runtime_error if OpenSSL has no SHA-256
sha256_bytes sha256(std::string_view of);

/// Appends bytes in hexadecimal, lower case.
void append_hex(const unsigned char* bytes, std::size_t size, std::string& out);

/// A digest in hexadecimal, of either case; nothing if it is none.
std::optional<sha256_bytes> sha256_from_hex(std::string_view text);

} // namespace thalamus::policies
