#pragma once
// Finds cookies in a request (RFC 6265 section 4.2). Pure; any thread.

#include "http/head.hpp"

#include <string_view>

namespace thalamus::http {

/// The value of the first cookie with this name (case-sensitive), or a view with null data.
std::string_view find_cookie(const field_list& fields, std::string_view name);

} // namespace thalamus::http
