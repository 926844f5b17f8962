#pragma once
// Percent-escapes (RFC 3986 section 2.1), shared by several folders. Pure.

#include "base/hex.hpp"

#include <array>
#include <string>
#include <string_view>

namespace thalamus::base {

/// True for A-Z a-z 0-9 - . _ ~
constexpr bool is_unreserved(char c) {
    constexpr auto table = [] {
        std::array<bool, 256> all{};
        for (int d = '0'; d <= '9'; ++d) all[d] = true;
        for (int l = 'A'; l <= 'Z'; ++l) all[l] = all[l + 32] = true;
        for (const unsigned char mark : {'-', '.', '_', '~'}) all[mark] = true;
        return all;
    }();
    return table[static_cast<unsigned char>(c)];
}

inline void append_escape(unsigned char byte, std::string& out) {
    const char escape[] = {'%', upper_hex[byte >> 4], upper_hex[byte & 15]};
    out.append(escape, sizeof escape);
}

/// Whether a target could read a canonical segment as a dot segment, because it decodes again,
/// takes %2F for a separator, or takes ";" for the start of parameters ("..;x" is ".." to servlet
/// containers). It is harmless here but not at the target, so it is rejected on every route.
bool hides_dot_segment(std::string_view segment);

} // namespace thalamus::base
