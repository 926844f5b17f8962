#pragma once
// The key under which a rate limit counts a request: text that is the same on every node and
// differs if any part differs. Pure; any thread.

#include "config/rate_limit_settings.hpp"
#include "http/head.hpp"
#include "http/ip_address.hpp"
#include "http/template_expand.hpp"

#include <string>
#include <string_view>

namespace thalamus::limits {

/// What a request reveals about its client. Views and references need to outlive only the call.
struct limit_subject {
    const base::ip_bytes& client; ///< the client, not its proxy: http/client_address.hpp
    std::string_view route;       ///< the route's id
    const http::field_list& fields;
    std::string_view consumer; ///< empty: not authenticated
    const http::claim_source* claims = nullptr;
};

struct limit_key {
    enum class kind : unsigned char {
        made,   ///< appended
        reject, ///< a part is missing: 400
        skip    ///< a part is missing: the limit does not count the request
    };
    kind type = kind::made;
    /// The first part of the settings that is missing; also set if the client's address replaces
    /// it.
    const config::limit_key_part* missing = nullptr;
};

/// Appends to `out` only if the key is complete: "route=user,ip=2001:db8::,consumer=acme%20inc".
/// The key is visible ASCII without braces, so that a client cannot choose its slot in a Redis
/// Cluster. A header's value is represented by its digest, because it may be a credential. Of
/// several header lines the first counts; an empty value counts as missing. IPv4 addresses count
/// whole, IPv6 addresses by ipv6_prefix. With `on_missing_key: client_ip` the client's address
/// replaces a missing part; the other parts stay. Allocates only if `out` has to grow.
limit_key append_limit_key(const config::rate_limit_settings& limit, const limit_subject& subject,
                           std::string& out);

} // namespace thalamus::limits
