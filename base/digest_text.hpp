#pragma once
// A SHA-256 digest as text. Pure; any thread.

#include "base/percent_escape.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace thalamus::base {

/// Parses 64 hexadecimal digits of either case; nullopt for anything else.
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
