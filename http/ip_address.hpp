#pragma once
// IP addresses in header fields.

#include "base/ip_address.hpp"

#include <string_view>

namespace thalamus::http {

using base::ip_bytes;
using base::ip_text;
using base::is_ipv4;
using base::parse_ip;

using base::to_text;

/// Parses an address of X-Forwarded-For or Forwarded: with or without a port, IPv6 with or without
/// brackets (a port requires brackets).
bool parse_ip_and_port(std::string_view text, base::ip_bytes& out);

} // namespace thalamus::http
