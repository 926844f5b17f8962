#include "cluster/listen.hpp"

#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace thalamus::cluster {

listening_socket open_cluster_port(const config::cluster_settings& settings) {
    using namespace boost::asio::ip;
    const net::tcp_endpoint at{settings.bind.host == "localhost" ? address(address_v4::loopback())
                                                                 : make_address(settings.bind.host),
                               settings.bind.port};
    if (!settings.tls && !at.address().is_loopback())
        throw std::runtime_error("cluster.bind: " + net::to_text(at) +
                                 " can be reached by others: it needs cluster.tls (`thalamus certs "
                                 "DIR NODE...` makes certificates), or bind it to 127.0.0.1");
    const int fd = ::socket(at.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    if (fd < 0 || ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        ::bind(fd, at.data(), static_cast<socklen_t>(at.size())) != 0 ||
        ::listen(fd, SOMAXCONN) != 0) {
        const int error = errno;
        if (fd >= 0) ::close(fd);
        throw std::runtime_error("cluster.bind: cannot listen on " + net::to_text(at) + ": " +
                                 std::system_category().message(error) +
                                 (error == EADDRINUSE ? " (is another gateway running?)" : ""));
    }
    net::tcp_endpoint bound;
    auto size = static_cast<socklen_t>(bound.capacity());
    ::getsockname(fd, bound.data(), &size);
    bound.resize(size);
    return {fd, bound};
}

boost::asio::ip::address address_towards(const net::tcp_endpoint& to) {
    // Connecting a datagram socket sends nothing; it only looks the route up.
    const int fd = ::socket(to.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    net::tcp_endpoint local;
    auto size = static_cast<socklen_t>(local.capacity());
    const bool found = fd >= 0 &&
                       ::connect(fd, to.data(), static_cast<socklen_t>(to.size())) == 0 &&
                       ::getsockname(fd, local.data(), &size) == 0;
    if (fd >= 0) ::close(fd);
    if (!found) return {};
    local.resize(size);
    return local.address();
}

net::tcp_endpoint parse_endpoint(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) return {};
    auto host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + colon + 1, end, port);
    boost::system::error_code bad;
    const auto ip = boost::asio::ip::make_address(host, bad);
    if (bad || read.ec != std::errc{} || read.ptr != end) return {};
    return {ip, port};
}

} // namespace thalamus::cluster
