#pragma once
// Addresses to listen on.

#include "config/snapshot.hpp"
#include "net/socket.hpp"

namespace thalamus::app {

/// The address a `bind` stands for; blocking look-up. @throws std::runtime_error naming it
net::tcp_endpoint resolve_bind(const config::endpoint& bind);

/// Reactors share a port by SO_REUSEPORT, which would also let a second gateway take half of the
/// connections unnoticed. @throws std::runtime_error naming the address if something listens there
void check_unused(const net::tcp_endpoint& address);

/// Over limits.connections: a short 503, then closed.
void refuse_connection(int fd) noexcept;

} // namespace thalamus::app
