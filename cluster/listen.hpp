#pragma once
// The cluster's port.

#include "config/cluster_settings.hpp"
#include "net/socket.hpp"

namespace thalamus::cluster {

struct listening_socket {
    int descriptor = -1; ///< non-blocking; the caller must close it
    net::tcp_endpoint address;
};

/// @throws std::runtime_error that names the faulty address and the remedy; also for an address
/// that other hosts can reach if there is no TLS to authenticate them
listening_socket open_cluster_port(const config::cluster_settings& settings);

/// The address of this machine from which it reaches `target`: there others reach this node.
/// Unspecified if there is no route.
boost::asio::ip::address address_towards(const net::tcp_endpoint& target);

/// Parses "IP:PORT" as in net::to_text(); an endpoint with port 0 if it is invalid.
net::tcp_endpoint parse_endpoint(const std::string& text);

} // namespace thalamus::cluster
