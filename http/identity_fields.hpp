#pragma once
// Fields with which gateways and proxies pass the identity of the client to a target.

#include "http/head.hpp"

#include <span>
#include <string>
#include <string_view>

namespace thalamus::http {

enum class identity_field : unsigned char {
    none,
    gateway, ///< set by gateways like this one for an authenticated consumer: never from a client
    proxy    ///< set by another proxy (X-Forwarded-User, True-Client-IP): only from trusted proxies
};

/// `name` is case-insensitive.
identity_field identity_kind(std::string_view name);

/// Removes the fields that the sender of a request must not set: those of kind `gateway`, those
/// named in `asserted` (lower case), and those of kind `proxy` unless the sender is a trusted
/// proxy. Call it before a limit, condition or template can read the fields.
void drop_forged_identity(field_list& fields, bool sender_trusted,
                          std::span<const std::string> asserted);

} // namespace thalamus::http
