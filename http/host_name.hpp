#pragma once
// The host part of an authority ("Example.com.:8080") as it is compared: no port, lower case, no
// trailing dot.

#include <string>
#include <string_view>

namespace thalamus::http {

/// "example.com:80" -> "example.com", "[::1]:80" -> "[::1]".
std::string_view without_port(std::string_view authority);

/// The comparable form. Points into `authority` where nothing but the end had to go, else into
/// `buffer` (overwritten).
std::string_view normalize_host(std::string_view authority, std::string& buffer);

} // namespace thalamus::http
