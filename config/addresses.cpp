#include "config/addresses.hpp"

#include "config/scalars.hpp"

#include <algorithm>

namespace thalamus::config {

namespace {

constexpr unsigned mapped_bits = 96; // of ::ffff:0:0/96

bool is_host(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) {
        const auto ip = to_ip(text.substr(1, text.size() - 2));
        return ip && text.find(':') != text.npos;
    }
    return is_host_name(text);
}

/// Splits off `:port`. The port is empty if there is none.
std::pair<std::string_view, std::string_view> split_port(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == text.npos || text.find(']', colon) != text.npos) return {text, {}};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

std::optional<std::uint16_t> to_port(std::string_view text) {
    const auto number = to_number(text);
    if (!number || *number > 65535) return std::nullopt;
    return static_cast<std::uint16_t>(*number);
}

} // namespace

bool network::contains(const std::array<unsigned char, 16>& ip) const {
    return base::masked(ip, prefix) == address;
}

std::optional<base::ip_bytes> to_ip(std::string_view text) {
    base::ip_bytes ip;
    return base::parse_ip(text, ip) ? std::optional(ip) : std::nullopt;
}

bool is_loopback(const base::ip_bytes& ip) {
    if (base::is_ipv4(ip)) return ip[12] == 127;
    return ip[15] == 1 && std::all_of(ip.begin(), ip.end() - 1, [](auto b) { return b == 0; });
}

bool is_unspecified(const base::ip_bytes& ip) {
    const auto from = base::is_ipv4(ip) ? ip.begin() + 12 : ip.begin();
    return std::all_of(from, ip.end(), [](auto b) { return b == 0; });
}

bool is_host_name(std::string_view text) {
    if (text.empty() || text.size() > 253) return false;
    std::size_t label = 0;
    for (const char c : text) {
        if (c == '.') {
            if (label == 0) return false;
            label = 0;
            continue;
        }
        if (c == '*' || !is_name(std::string_view(&c, 1)) || ++label > 63) return false;
    }
    return label != 0;
}

bool is_authority(std::string_view text) {
    const auto [host, port] = split_port(text);
    const bool has_port = host.size() != text.size();
    return is_host(host) && (!has_port || to_port(port));
}

std::variant<endpoint, syntax_error> to_endpoint(std::string_view text,
                                                 std::optional<std::uint16_t> default_port) {
    const auto [host, port] = split_port(text);
    if (const auto ip = to_ip(text); ip && text.find(':') != text.npos)
        return syntax_error{"an IPv6 address needs brackets here",
                            "write \"[" + std::string(text) +
                                "]:" + std::to_string(default_port.value_or(8080)) + "\""};
    if (host.size() == text.size()) {
        if (!default_port) return syntax_error{"no port", "write host:port, as in 0.0.0.0:8080"};
        if (!is_host(host))
            return syntax_error{"not a host name or address", "as in example.com or [::1]"};
    } else if (host.empty()) {
        return syntax_error{"no host before the port",
                            "write 0.0.0.0:" + std::string(port) +
                                " for every IPv4 address or [::]:" + std::string(port) +
                                " for every address"};
    } else if (!is_host(host)) {
        return syntax_error{"not a host name or address",
                            "write host:port, as in 0.0.0.0:8080 or [::1]:8080"};
    }
    endpoint result{std::string(host), default_port.value_or(0)};
    if (host.size() != text.size()) {
        const auto number = to_port(port);
        if (!number) return syntax_error{"not a port", "a port is a number from 1 to 65535"};
        result.port = *number;
    }
    if (result.host.starts_with('[')) result.host = result.host.substr(1, result.host.size() - 2);
    return result;
}

std::string to_text(const endpoint& address) {
    const bool v6 = address.host.find(':') != std::string::npos;
    return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

std::string to_authority(const endpoint& server) {
    auto text = to_text(server);
    if (server.port == 80) text.resize(text.rfind(':'));
    return text;
}

bool overlap(const endpoint& a, const endpoint& b) {
    const auto first = to_ip(a.host), second = to_ip(b.host);
    if (a.port != b.port || a.port == 0 || !first || !second) return false;
    return *first == *second || (base::is_ipv4(*first) == base::is_ipv4(*second) &&
                                 (is_unspecified(*first) || is_unspecified(*second)));
}

std::variant<network, syntax_error> to_network(std::string_view text) {
    const auto slash = text.find('/');
    const auto ip = to_ip(text.substr(0, slash));
    if (!ip)
        return syntax_error{"not an address range", "as in 10.0.0.0/8, 192.0.2.1 or 2001:db8::/32"};
    const bool v4 = text.substr(0, slash).find(':') == text.npos;
    const unsigned bits = v4 ? 32 : 128;
    network result{*ip, 128};
    if (slash != text.npos) {
        const auto prefix = to_number(text.substr(slash + 1));
        if (!prefix || *prefix > bits)
            return syntax_error{"not a prefix length",
                                "the number after the slash must be from 0 to " +
                                    std::to_string(bits)};
        result.prefix = static_cast<unsigned>(*prefix) + (v4 ? mapped_bits : 0);
    }
    result.address = base::masked(*ip, result.prefix);
    if (result.address != *ip) return syntax_error{"host bits are set", "write " + to_text(result)};
    return result;
}

std::string to_text(const network& range) {
    const bool v4 = range.prefix >= mapped_bits && base::is_ipv4(range.address);
    return std::string(base::to_text(range.address).view()) + "/" +
           std::to_string(range.prefix - (v4 ? mapped_bits : 0));
}

} // namespace thalamus::config
