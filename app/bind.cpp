#include "app/bind.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace thalamus::app {

net::tcp_endpoint resolve_bind(const config::endpoint& bind) {
    boost::asio::io_context io;
    boost::system::error_code error;
    const auto found = boost::asio::ip::tcp::resolver(io).resolve(
        bind.host, std::to_string(bind.port), boost::asio::ip::tcp::resolver::passive, error);
    if (error || found.empty())
        throw std::runtime_error("cannot look up " + bind.host + " to listen on: " + error.message());
    return found.begin()->endpoint();
}

void check_unused(const net::tcp_endpoint& address) {
    const int fd = ::socket(address.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) throw std::runtime_error(std::string("socket: ") + std::strerror(errno));
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const bool free =
        ::bind(fd, address.data(), static_cast<socklen_t>(address.size())) == 0;
    const int error = errno;
    ::close(fd);
    if (free) return;
    throw std::runtime_error("cannot listen on " + address.address().to_string() + ":" +
                             std::to_string(address.port()) + ": " + std::strerror(error) +
                             (error == EADDRINUSE ? " (is another gateway running?)" : ""));
}

void refuse_connection(int fd) noexcept {
    constexpr char answer[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
                              "Content-Length: 0\r\nConnection: close\r\n\r\n";
    // A full socket buffer is no reason to wait: the connection closes either way.
    [[maybe_unused]] const auto sent = ::send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
    ::shutdown(fd, SHUT_WR);
    ::close(fd);
}

} // namespace thalamus::app
