#pragma once
// Names by which gateways and proxies tell a target who the client is.

#include <string_view>

namespace thalamus::http {

enum class identity_field : unsigned char {
    none,
    gateway, ///< set by this gateway or its kin for an authenticated consumer: never from a client
    proxy ///< set by a proxy before us (X-Forwarded-User, True-Client-IP...): only from a trusted one
};

/// `name` in any case.
identity_field identity_kind(std::string_view name);

} // namespace thalamus::http
