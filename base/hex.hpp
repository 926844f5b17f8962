#pragma once
// Hexadecimal digits. Pure; any thread.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace thalamus::base {

inline constexpr char lower_hex[] = "0123456789abcdef", upper_hex[] = "0123456789ABCDEF";

/// The value of a hex digit of either case, or -1.
constexpr int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/// Appends bytes in hexadecimal, lower case.
inline void append_hex(std::span<const unsigned char> bytes, std::string& out) {
    for (const auto byte : bytes) {
        out += lower_hex[byte >> 4];
        out += lower_hex[byte & 15];
    }
}

/// Writes 16 digits in lower case, the most significant first.
constexpr void write_hex(std::uint64_t number, char* out) {
    for (int i = 15; i >= 0; --i, number >>= 4) out[i] = lower_hex[number & 15];
}

/// Parses 64 digits of either case, such as a SHA-256 digest; nullopt for anything else.
inline std::optional<std::array<unsigned char, 32>> to_digest(std::string_view text) {
    std::array<unsigned char, 32> bytes{};
    if (text.size() != 2 * bytes.size()) return std::nullopt;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes[i] = static_cast<unsigned char>(high << 4 | low);
    }
    return bytes;
}

} // namespace thalamus::base
