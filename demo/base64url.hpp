#pragma once
// Text of bytes as tokens write it: without padding (RFC 4648 section 5). For the demo, tests and fuzz targets.

#include <string>
#include <string_view>

namespace thalamus::demo {

inline std::string base64url(std::string_view bytes) {
    constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string out;
    unsigned bits = 0, held = 0;
    for (const char c : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(c);
        for (held += 8; held >= 6; held -= 6) out += digits[bits >> (held - 6) & 63];
    }
    if (held > 0) out += digits[bits << (6 - held) & 63];
    return out;
}

} // namespace thalamus::demo
