#pragma once
// IP addresses as they stand in fields.

#include "base/ip_address.hpp"

#include <string_view>

namespace thalamus::http {

using base::ip_bytes;
using base::ip_text;
using base::is_ipv4;
using base::parse_ip;

using base::to_text;

/// As X-Forwarded-For and Forwarded name an address: with or without a port, IPv6 with or without
/// brackets (with a port only in brackets).
bool parse_ip_and_port(std::string_view text, base::ip_bytes& out);

} // namespace thalamus::http
