#pragma once
// Under which key a rate limit counts a request: text that is the same on every node and differs
// where any part differs. Pure; any thread.

#include "config/snapshot.hpp"
#include "http/head.hpp"
#include "http/ip_address.hpp"
#include "http/template_expand.hpp"

#include <string>
#include <string_view>

namespace thalamus::limits {

/// What a request shows of who sent it. Views and references must outlive the call only.
struct limit_subject {
    const base::ip_bytes& client; ///< http/client_address.hpp: the client, not its proxy
    std::string_view route;       ///< the route's id
    const http::field_list& fields;
    std::string_view consumer; ///< empty = nobody was authenticated
    const http::claim_source* claims = nullptr;
};

struct limit_key {
    enum class kind : unsigned char {
        made,   ///< appended
        reject, ///< a part is missing: 400
        skip    ///< a part is missing: the limit does not count this request
    };
    kind type = kind::made;
    /// The first part that is missing, of the settings; also where the client's address took its place.
    const config::limit_key_part* missing = nullptr;
};

/// Appends to `out`, and nothing unless it is made: "route=user,ip=2001:db8::,consumer=acme%20inc".
/// Only visible ASCII without braces, so that a client cannot choose a key's place in a Redis Cluster.
/// Of a header's value its digest is in it, for it may be a credential. Of several header lines the
/// first counts; an empty value is a missing one. IPv4 addresses count whole, IPv6 addresses by
/// ipv6_prefix. A missing part under `on_missing_key: client_ip` is the client's address; the other
/// parts stay. Allocates only where `out` has to grow.
limit_key append_limit_key(const config::rate_limit_settings& limit, const limit_subject& from,
                           std::string& out);

} // namespace thalamus::limits
