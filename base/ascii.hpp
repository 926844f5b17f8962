#pragma once
// ASCII letters and tokens. Case is ignored for A-Z only, whatever the locale, as in header names.
// Pure; any thread.

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace thalamus::base {

constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

inline std::string to_lower(std::string_view text) {
    std::string result(text);
    for (auto& c : result) c = to_lower(c);
    return result;
}

inline std::string to_upper(std::string_view text) {
    std::string result(text);
    for (auto& c : result) c = to_upper(c);
    return result;
}

/// Compares without regard to case.
constexpr bool iequals(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i] != b[i] && to_lower(a[i]) != to_lower(b[i])) return false;
    return true;
}

constexpr bool istarts_with(std::string_view text, std::string_view prefix) {
    return iequals(text.substr(0, prefix.size()), prefix);
}

namespace detail {
inline constexpr auto token_table = [] {
    std::array<bool, 256> table{};
    for (const unsigned char c : std::string_view("!#$%&'*+-.^_`|~0123456789"
                                                  "abcdefghijklmnopqrstuvwxyz"
                                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        table[c] = true;
    return table;
}();
} // namespace detail

/// A character of a token (RFC 9110 section 5.6.2). An object instead of a function, so that
/// algorithms can inline it.
inline constexpr auto is_token_char = [](char c) {
    return detail::token_table[static_cast<unsigned char>(c)];
};

/// A token: a method, a header name or a cookie name.
inline bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

} // namespace thalamus::base
