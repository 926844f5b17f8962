#include "base/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace thalamus::base {

namespace {

constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

} // namespace

bool is_ipv4(const ip_bytes& ip) {
    return std::memcmp(ip.data(), mapped.data(), mapped.size()) == 0;
}

ip_bytes masked(ip_bytes ip, unsigned prefix) {
    for (unsigned i = 0; i < ip.size(); ++i) {
        const unsigned before = std::min(8u, prefix > i * 8 ? prefix - i * 8 : 0);
        ip[i] &= static_cast<unsigned char>(0xFF00u >> before);
    }
    return ip;
}

ip_text to_text(const ip_bytes& ip) {
    ip_text text;
    if (is_ipv4(ip)) {
        char* end = text.data.data();
        for (int i = 12; i < 16; ++i) {
            if (i > 12) *end++ = '.';
            end = std::to_chars(end, text.data.data() + text.data.size(), unsigned{ip[i]}).ptr;
        }
        text.size = static_cast<unsigned char>(end - text.data.data());
    } else {
        inet_ntop(AF_INET6, ip.data(), text.data.data(), text.data.size());
        text.size = static_cast<unsigned char>(std::strlen(text.data.data()));
    }
    return text;
}

bool parse_ip(std::string_view text, ip_bytes& out) {
    char copy[46];
    if (text.empty() || text.size() >= sizeof copy || text.find('\0') != text.npos) return false;
    std::memcpy(copy, text.data(), text.size());
    copy[text.size()] = '\0';
    if (text.find(':') != text.npos) return inet_pton(AF_INET6, copy, out.data()) == 1;
    std::memcpy(out.data(), mapped.data(), mapped.size());
    return inet_pton(AF_INET, copy, out.data() + mapped.size()) == 1;
}

} // namespace thalamus::base
