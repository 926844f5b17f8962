#pragma once
// Addresses as text: host:port, host names, IP addresses and CIDR ranges. Pure; no name resolution.

#include "base/ip_address.hpp"
#include "config/pattern.hpp"
#include "config/store_settings.hpp"
#include "config/values.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace thalamus::config {

std::optional<base::ip_bytes> to_ip(std::string_view text);
bool is_loopback(const base::ip_bytes& ip);
/// True for 0.0.0.0 and ::
bool is_unspecified(const base::ip_bytes& ip);

/// A DNS name without a trailing dot. Underscores are allowed, as in container networks.
bool is_host_name(std::string_view text);
/// A host name, an IPv4 address or an IPv6 address in brackets, with or without `:port`.
bool is_authority(std::string_view text);

/// host:port or [v6]:port; the port is required unless `default_port` is given.
std::variant<endpoint, syntax_error> to_endpoint(std::string_view text,
                                                 std::optional<std::uint16_t> default_port = {});
/// "host:port", with brackets around an IPv6 address.
std::string to_text(const endpoint& address);

/// True if a connection to one of the addresses could also be meant for the other.
bool overlap(const endpoint& a, const endpoint& b);

/// 10.0.0.0/8, 2001:db8::/32; a bare address is a range of one.
std::variant<network, syntax_error> to_network(std::string_view text);
std::string to_text(const network& range);

/// The base URL of a target: http://host[:port][/]
std::variant<endpoint, syntax_error> to_target(std::string_view url);

/// http://host[:port][/path][?query]. Path and query may contain only the characters that RFC 3986
/// allows; all others must be percent-encoded.
std::variant<http_url, syntax_error> to_http_url(std::string_view url);
/// The value of Host: without the port if it is the default port of http.
std::string to_authority(const endpoint& server);

/// redis://[user[:password]@]host[:port][/database] with user and password percent-encoded. Error
/// texts do not contain the URL.
std::variant<redis_settings, syntax_error> to_redis(std::string_view url);
constexpr std::uint64_t most_redis_database = 65535;

/// An entry of match.hosts in canonical form: lower case, no trailing dot; "*.example.com".
std::variant<std::string, syntax_error> to_host_pattern(std::string_view text);

/// An entry of cors.origins: "*", scheme://host[:port], or that with "*." before the host.
std::variant<std::string, syntax_error> to_origin(std::string_view text);

} // namespace thalamus::config
