#pragma once
// What a listening gateway looks after beyond its sockets.

#include "net/socket.hpp"

namespace thalamus::app {

/// Reactors share a port by SO_REUSEPORT, which would also let a second gateway take half of the
/// connections unnoticed. @throws std::system_error if something listens there
void check_unused(const net::tcp_endpoint& address);

/// Over limits.connections: a short 503, then closed.
void refuse_connection(int fd) noexcept;

} // namespace thalamus::app
