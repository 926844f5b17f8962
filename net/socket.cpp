#include "net/socket.hpp"

#include <cerrno>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include <utility>

namespace thalamus::net {

void send_at_once(int fd) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool socket::start_watching() { return poller_.add(fd_, EPOLLIN | EPOLLOUT | EPOLLRDHUP, *this); }

void socket::adopt(int fd) {
    fd_ = fd;
    writable_ = true;
    readable_ = true; // earlier data is found by trying to read
    if (!start_watching()) throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

bool socket::connect(const tcp_endpoint& to) {
    fd_ = ::socket(to.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    const bool begun =
        fd_ >= 0 &&
        (::connect(fd_, to.data(), static_cast<socklen_t>(to.size())) == 0 || errno == EINPROGRESS);
    connecting_ = begun && start_watching(); // edge-triggered: reports at once if already connected
    if (connecting_) {
        send_at_once(fd_);
        return true;
    }
    error_ = errno;
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    return false;
}

bool socket::lacks_resources() const {
    switch (error_) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case ENOSPC: // out of epoll watches
    case EADDRNOTAVAIL: return true;
    default: return false;
    }
}

socket::outcome socket::connected() {
    if (!connecting_) return broken_ ? outcome::failed : outcome::done;
    socklen_t size = sizeof error_;
    if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error_, &size) != 0) error_ = errno;
    if (error_ != 0) return outcome::failed;
    sockaddr_storage peer;
    socklen_t peer_size = sizeof peer;
    if (::getpeername(fd_, reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0)
        return outcome::blocked;
    connecting_ = false;
    return outcome::done;
}

socket::result socket::read(char* to, std::size_t size) {
    ssize_t n;
    do n = ::recv(fd_, to, size, 0);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        // A short read has emptied the socket (except for urgent data, which no HTTP peer sends),
        // and the next bytes cause a new event. Only a FIN that came with these bytes has already
        // been reported.
        if (static_cast<std::size_t>(n) < size && !peer_closed_) readable_ = false;
        return {outcome::done, static_cast<std::size_t>(n)};
    }
    if (n == 0) {
        peer_closed_ = true;
        return {outcome::closed};
    }
    if (errno == EAGAIN) {
        readable_ = false;
        return {outcome::blocked};
    }
    error_ = errno;
    broken_ = true;
    return {outcome::failed};
}

socket::result socket::write(std::span<const iovec> from) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(from.data());
    message.msg_iovlen = from.size();
    std::size_t size = 0;
    for (const iovec& part : from) size += part.iov_len;
    ssize_t n;
    do n = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n >= 0) {
        if (static_cast<std::size_t>(n) < size) writable_ = false;
        return {outcome::done, static_cast<std::size_t>(n)};
    }
    if (errno == EAGAIN) {
        writable_ = false;
        return {outcome::blocked};
    }
    error_ = errno;
    broken_ = true;
    return {outcome::failed};
}

void socket::shutdown_send() {
    if (fd_ >= 0) ::shutdown(fd_, SHUT_WR);
}

void socket::close() noexcept {
    if (fd_ < 0) return;
    poller_.forget(*this);
    ::close(fd_);
    fd_ = -1;
    readable_ = false;
}

void socket::reset_on_close() noexcept {
    const linger at_once{1, 0};
    if (fd_ >= 0) ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void socket::on_events(unsigned events) {
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) readable_ = true;
    if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) writable_ = true;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) peer_closed_ = true;
    if (events & EPOLLERR && !connecting_) broken_ = true; // a HUP alone: both sides have closed
    owner_.on_socket_ready();
}

std::string to_text(const tcp_endpoint& address) {
    const auto host = address.address().to_string();
    const auto port = std::to_string(address.port());
    return address.address().is_v6() ? "[" + host + "]:" + port : host + ":" + port;
}

namespace {
tcp_endpoint endpoint_of(int fd, int (*which)(int, sockaddr*, socklen_t*)) {
    tcp_endpoint endpoint;
    auto size = static_cast<socklen_t>(endpoint.capacity());
    if (which(fd, endpoint.data(), &size) != 0) return {};
    endpoint.resize(size);
    return endpoint;
}
} // namespace

tcp_endpoint peer_of(int fd) {
    return endpoint_of(
        fd, [](int of, sockaddr* to, socklen_t* size) { return ::getpeername(of, to, size); });
}

tcp_endpoint local_of(int fd) {
    return endpoint_of(
        fd, [](int of, sockaddr* to, socklen_t* size) { return ::getsockname(of, to, size); });
}

} // namespace thalamus::net
