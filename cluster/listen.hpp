#pragma once
// The cluster's port.

#include "config/snapshot.hpp"
#include "net/socket.hpp"

namespace thalamus::cluster {

struct listening_socket {
    int descriptor = -1; ///< non-blocking; the caller's to close
    net::tcp_endpoint address;
};

/// @throws std::runtime_error that names the address at fault and the remedy: also for an address that
/// others can reach when there is no TLS to tell friend from foe
listening_socket open_cluster_port(const config::cluster_settings& settings);

/// Of this machine's addresses the one that reaches `to`: where others reach this node. Unspecified if
/// there is no way there.
boost::asio::ip::address address_towards(const net::tcp_endpoint& to);

/// "IP:PORT" as in net::to_text(); an endpoint of port 0 for what is none.
net::tcp_endpoint parse_endpoint(const std::string& text);

} // namespace thalamus::cluster
