#include "cluster/listen.hpp"

#include "config/addresses.hpp"
#include "net/bind.hpp"
#include "net/name_lookup.hpp"

#include <cerrno>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace thalamus::cluster {

listening_socket open_cluster_port(const config::cluster_settings& settings) {
    const auto address = net::to_address(settings.bind);
    if (!settings.tls && !address.address().is_loopback())
        throw std::runtime_error("cluster.bind: " + net::to_text(address) +
                                 " can be reached from other hosts: configure cluster.tls "
                                 "(`thalamus certs DIR NODE...` creates certificates), or bind to "
                                 "127.0.0.1");
    const int fd =
        ::socket(address.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    if (fd < 0 || ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        ::bind(fd, address.data(), static_cast<socklen_t>(address.size())) != 0 ||
        ::listen(fd, SOMAXCONN) != 0) {
        const int error = errno;
        if (fd >= 0) ::close(fd);
        const std::system_error failure(error, std::system_category());
        throw std::runtime_error("cluster.bind: " +
                                 std::string(net::cannot_listen(address, failure).what()));
    }
    return {fd, net::local_of(fd)};
}

boost::asio::ip::address address_towards(const net::tcp_endpoint& target) {
    // Connecting a datagram socket sends nothing; it only looks up the route.
    const int fd = ::socket(target.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool found =
        fd >= 0 && ::connect(fd, target.data(), static_cast<socklen_t>(target.size())) == 0;
    const auto local = found ? net::local_of(fd).address() : boost::asio::ip::address();
    if (fd >= 0) ::close(fd);
    return local;
}

net::tcp_endpoint parse_endpoint(const std::string& text) {
    const auto parsed = config::to_endpoint(text);
    const auto* endpoint = std::get_if<config::endpoint>(&parsed);
    const auto ip = endpoint ? net::numeric_address(endpoint->host) : std::nullopt;
    return ip ? net::tcp_endpoint(*ip, endpoint->port) : net::tcp_endpoint();
}

} // namespace thalamus::cluster
