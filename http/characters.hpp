#pragma once
// Character classes of HTTP (RFC 9110 section 5.6, RFC 3986 appendix A), one table lookup each.

#include "base/ascii.hpp"

#include <array>
#include <string_view>

namespace thalamus::http {
namespace detail {

enum : unsigned char { digit = 1, hex = 2, host = 4 };

constexpr std::array<unsigned char, 256> make_classes() {
    std::array<unsigned char, 256> table{};
    const auto add = [&](std::string_view characters, unsigned char bits) {
        for (const char c : characters) table[static_cast<unsigned char>(c)] |= bits;
    };
    add("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", host);
    add("0123456789", digit | hex | host);
    add("abcdefABCDEF", hex);
    add("-._~!$&'()*+;=", host);
    return table;
}

inline constexpr std::array<unsigned char, 256> classes = make_classes();

constexpr bool in(char c, unsigned char bits) {
    return (classes[static_cast<unsigned char>(c)] & bits) != 0;
}

} // namespace detail

using base::is_token_char;

// Objects instead of functions, so that algorithms can inline them.
inline constexpr auto is_digit = [](char c) { return detail::in(c, detail::digit); };
inline constexpr auto is_hex_digit = [](char c) { return detail::in(c, detail::hex); };
/// reg-name without escapes and commas.
inline constexpr auto is_host_char = [](char c) { return detail::in(c, detail::host); };
inline constexpr auto is_obs_text = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
inline constexpr auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
/// Control bytes other than HTAB.
inline constexpr auto is_control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
};

constexpr std::string_view trim(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

} // namespace thalamus::http
