#pragma once
// Helpers for listening: the check for an address in use, and the refusal of connections.

#include "net/socket.hpp"

namespace thalamus::app {

/// Checks that nothing listens on `address` yet. The reactors share a port by SO_REUSEPORT, which
/// would also let a second gateway take half of the connections unnoticed.
/// @throws std::system_error if the address is in use
void check_unused(const net::tcp_endpoint& address);

/// Sends a short 503 and closes. For connections over limits.connections or over the limit of the
/// admin port.
void refuse_connection(int fd) noexcept;

} // namespace thalamus::app
