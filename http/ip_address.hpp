#pragma once
// IP addresses as they stand in fields.

#include "config/ip_address.hpp"

#include <string_view>

namespace thalamus::http {

using config::ip_bytes;
using config::ip_text;
using config::is_ipv4;
using config::parse_ip;

inline ip_text to_text(const ip_bytes& ip) { return config::to_text(ip); }

/// As X-Forwarded-For and Forwarded name an address: with or without a port, IPv6 with or without
/// brackets (with a port only in brackets).
bool parse_ip_and_port(std::string_view text, ip_bytes& out);

} // namespace thalamus::http
