#pragma once
// The host of an authority ("Example.com.:8080") in comparable form: no port, lower case, no
// trailing dot.

#include <string>
#include <string_view>

namespace thalamus::http {

/// "example.com:80" -> "example.com", "[::1]:80" -> "[::1]".
std::string_view without_port(std::string_view authority);

/// The comparable form. Points into `authority` if only the end had to be removed, else into
/// `buffer`, which is overwritten.
std::string_view normalize_host(std::string_view authority, std::string& buffer);

} // namespace thalamus::http
