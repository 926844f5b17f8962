#pragma once
// Names by which gateways and proxies tell a target who the client is.

#include "http/head.hpp"

#include <span>
#include <string>
#include <string_view>

namespace thalamus::http {

enum class identity_field : unsigned char {
    none,
    gateway, ///< set by this gateway or its kin for an authenticated consumer: never from a client
    proxy ///< set by a proxy before us (X-Forwarded-User, True-Client-IP...): only from a trusted one
};

/// `name` in any case.
identity_field identity_kind(std::string_view name);

/// Takes out of a request what its sender may not say: fields of the gateway's kind and those named in
/// `asserted` (lower case), and unless the sender is a trusted proxy where it says that the request comes from.
/// To be called before anybody reads the fields, so that no limit, condition or template believes them either.
void drop_forged_identity(field_list& fields, bool sender_trusted,
                          std::span<const std::string> asserted);

} // namespace thalamus::http
