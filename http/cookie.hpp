#pragma once
// Cookies of a request (RFC 6265 4.2), as far as the gateway looks at them. Pure; any thread.

#include "http/head.hpp"

#include <string_view>

namespace thalamus::http {

/// The value of the first cookie of that name (case-sensitive), or a view with null data.
std::string_view find_cookie(const field_list& fields, std::string_view name);

} // namespace thalamus::http
