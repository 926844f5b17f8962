#pragma once
// Base64 (RFC 4648): as in tokens, without padding (section 5), and as in HTTP Basic (section 4).
// For the demo, tests and fuzz targets, so that they do not rely on the gateway's own code.

#include <string>
#include <string_view>

namespace thalamus::demo {

/// `last` has the last two of the 64 digits.
inline std::string base64_digits(std::string_view bytes, const char (&last)[3]) {
    const std::string digits =
        std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") + last;
    std::string out;
    unsigned bits = 0, held = 0;
    for (const char c : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(c);
        for (held += 8; held >= 6; held -= 6) out += digits[bits >> (held - 6) & 63];
    }
    if (held > 0) out += digits[bits << (6 - held) & 63];
    return out;
}

inline std::string base64url(std::string_view bytes) { return base64_digits(bytes, "-_"); }

inline std::string base64(std::string_view bytes) {
    auto out = base64_digits(bytes, "+/");
    while (out.size() % 4 != 0) out += '=';
    return out;
}

} // namespace thalamus::demo
