#pragma once
// Addresses to listen on.

#include "config/snapshot.hpp"
#include "net/socket.hpp"

#include <stdexcept>
#include <system_error>

namespace thalamus::app {

/// The address a `bind` stands for: the configuration has checked that it is an IP address or
/// `localhost`.
net::tcp_endpoint to_address(const config::endpoint& bind);

/// Reactors share a port by SO_REUSEPORT, which would also let a second gateway take half of the
/// connections unnoticed. @throws std::system_error if something listens there
void check_unused(const net::tcp_endpoint& address);

/// What to tell of an address that cannot be listened on.
std::runtime_error cannot_listen(const net::tcp_endpoint& address, const std::system_error& why);

/// Over limits.connections: a short 503, then closed.
void refuse_connection(int fd) noexcept;

} // namespace thalamus::app
