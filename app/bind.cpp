#include "app/bind.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace thalamus::app {

void check_unused(const net::tcp_endpoint& address) {
    const int fd = ::socket(address.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    const bool unused = fd >= 0 &&
                        ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                        ::bind(fd, address.data(), static_cast<socklen_t>(address.size())) == 0;
    const int error = errno;
    if (fd >= 0) ::close(fd);
    if (!unused) throw std::system_error(error, std::generic_category());
}

void refuse_connection(int fd) noexcept {
    constexpr char response[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
                                "Content-Length: 0\r\nConnection: close\r\n\r\n";
    // Closing a socket with unread bytes sends a reset, which may overtake the response.
    char request[4096];
    [[maybe_unused]] const auto read = ::recv(fd, request, sizeof request, 0);
    // Do not wait if the socket buffer is full: the connection closes either way.
    [[maybe_unused]] const auto sent = ::send(fd, response, sizeof response - 1, MSG_NOSIGNAL);
    ::shutdown(fd, SHUT_WR);
    ::close(fd);
}

} // namespace thalamus::app
