#pragma once
// Addresses to listen on.

#include "config/values.hpp"
#include "net/socket.hpp"

#include <stdexcept>
#include <system_error>

namespace thalamus::net {

/// Converts a `bind`: the configuration has checked that it is an IP address or `localhost`.
tcp_endpoint to_address(const config::endpoint& bind);

/// The error for an address that cannot be listened on.
std::runtime_error cannot_listen(const tcp_endpoint& address, const std::system_error& why);

} // namespace thalamus::net
