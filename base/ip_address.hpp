#pragma once
// IP addresses as 16 bytes (IPv4 mapped to ::ffff:0:0/96) and as text. No allocation, because this
// is also used per request.

#include <array>
#include <string_view>

namespace thalamus::base {

using ip_bytes = std::array<unsigned char, 16>;

/// An address as text: IPv4 in dotted form, IPv6 as in RFC 5952 without brackets.
struct ip_text {
    std::array<char, 46> data{};
    unsigned char size = 0;
    std::string_view view() const { return {data.data(), size}; }
};

ip_text to_text(const ip_bytes& ip);

/// Accepts only "192.0.2.1" or "2001:db8::1" with nothing around it.
bool parse_ip(std::string_view text, ip_bytes& out);

bool is_ipv4(const ip_bytes& ip);

/// Clears the bits after the first `prefix` bits of the 16-byte form.
ip_bytes masked(ip_bytes ip, unsigned prefix);

} // namespace thalamus::base
