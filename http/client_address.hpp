#pragma once
// Who the client is when other proxies stand before the gateway: docs/configuration.md
// "Trusted proxies". Pure; any thread.

#include "config/snapshot.hpp"
#include "http/head.hpp"
#include "http/ip_address.hpp"

#include <span>
#include <string_view>

namespace thalamus::http {

/// The client of one request. Views point into the request's head (or are those passed in).
struct client_address {
    base::ip_bytes peer{};     ///< the other end of the connection
    base::ip_bytes ip{};       ///< the client: the peer, or what trusted proxies say
    bool peer_trusted = false; ///< what the peer says in X-Forwarded-* and Forwarded counts
    /// False: a trusted proxy names nobody that could be read. `ip` is then the nearest hop that is
    /// known: good enough to log and to count by, not to decide who may pass.
    bool known = true;
    std::string_view proto; ///< "http" or "https": how the client came
    std::string_view host;  ///< the host the client asked for, if a trusted proxy says; else empty
    std::string_view peer_proto; ///< how the peer came to us
};

/// `connection_proto` is how the peer came to us ("http" or "https").
client_address find_client(const base::ip_bytes& peer, std::string_view connection_proto,
                           std::span<const config::network> trusted, const field_list& fields);

} // namespace thalamus::http
