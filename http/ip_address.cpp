#include "http/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace thalamus::http {

namespace {

constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_port(std::string_view text) {
    return !text.empty() && text.size() <= 5 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

bool is_ipv4(const ip_bytes& ip) { return std::memcmp(ip.data(), mapped.data(), mapped.size()) == 0; }

ip_text to_text(const ip_bytes& ip) {
    ip_text text;
    if (is_ipv4(ip)) {
        char* at = text.data.data();
        for (int i = 12; i < 16; ++i) {
            if (i > 12) *at++ = '.';
            at = std::to_chars(at, text.data.data() + text.data.size(), unsigned{ip[i]}).ptr;
        }
        text.size = static_cast<unsigned char>(at - text.data.data());
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

bool parse_ip_and_port(std::string_view text, ip_bytes& out) {
    if (text.starts_with('[')) {
        auto end = text.find(']');
        if (end == text.npos) return false;
        auto after = text.substr(end + 1);
        auto inside = text.substr(1, end - 1);
        return inside.find(':') != inside.npos && parse_ip(inside, out) &&
               (after.empty() || (after[0] == ':' && is_port(after.substr(1))));
    }
    auto colon = text.find(':');
    bool one_colon = colon != text.npos && text.find(':', colon + 1) == text.npos;
    if (one_colon) return is_port(text.substr(colon + 1)) && parse_ip(text.substr(0, colon), out);
    return parse_ip(text, out);
}

} // namespace thalamus::http
