#pragma once
// The client address behind proxies: docs/configuration.md "Trusted proxies". Pure; any thread.

#include "config/values.hpp"
#include "http/head.hpp"
#include "http/ip_address.hpp"

#include <span>
#include <string_view>

namespace thalamus::http {

/// The client of one request. Views point into the request head or are the arguments.
struct client_address {
    base::ip_bytes peer{};     ///< the other end of the connection
    base::ip_bytes ip{};       ///< the client: the peer, or the address from trusted proxies
    bool peer_trusted = false; ///< X-Forwarded-* and Forwarded from the peer are used
    /// False if a trusted proxy names no readable client address. `ip` is then the nearest known
    /// hop: good enough for logs and rate limits, but not for access control.
    bool known = true;
    std::string_view proto; ///< "http" or "https" between the client and the first proxy
    std::string_view host; ///< the host that the client requested, from a trusted proxy; else empty
    std::string_view peer_proto; ///< "http" or "https" between the peer and the gateway
};

/// `connection_proto` is the scheme between the peer and the gateway ("http" or "https").
client_address find_client(const base::ip_bytes& peer, std::string_view connection_proto,
                           std::span<const config::network> trusted, const field_list& fields);

} // namespace thalamus::http
