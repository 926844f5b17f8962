#include "net/listener.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace thalamus::net {

namespace {
constexpr int accepts_per_turn = 64;
constexpr std::chrono::milliseconds retry_after{50};

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}
} // namespace

listener::listener(reactor& home, const tcp_endpoint& address, accept_handler on_accept)
    : home_(home), on_accept_(std::move(on_accept)),
      retry_(home.timers(), [](void* self) { static_cast<listener*>(self)->accept_some(); }, this) {
    fd_ = ::socket(address.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                   IPPROTO_TCP);
    if (fd_ < 0) fail("socket");
    const int on = 1;
    ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::setsockopt(fd_, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
        ::bind(fd_, address.data(), static_cast<socklen_t>(address.size())) != 0 ||
        ::listen(fd_, 4096) != 0) {
        const int error = errno;
        ::close(fd_);
        errno = error;
        fail("bind");
    }
}

listener::~listener() { close(); }

void listener::start() {
    home_.sockets().add(fd_, EPOLLIN, *this);
    watching_ = true;
}

void listener::close() noexcept {
    if (fd_ < 0) return;
    if (watching_) home_.sockets().remove(fd_, *this);
    ::close(fd_);
    fd_ = -1;
    retry_.disarm();
}

void listener::finish() {
    for (int fd; fd_ >= 0 && (fd = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;)
        on_accept_(fd);
    close();
}

void listener::on_events(unsigned) { accept_some(); }

void listener::accept_some() {
    std::chrono::milliseconds again{0}; // others have had no turn
    for (int i = 0; i < accepts_per_turn; ++i) {
        if (fd_ < 0) return; // closed by what on_accept_ did
        const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            on_accept_(fd);
            continue;
        }
        if (errno == EAGAIN) return;
        if (errno == ECONNABORTED || errno == EINTR) continue;
        again = retry_after; // no descriptors or memory left; the edge is used up
        break;
    }
    retry_.arm(home_.now() + again);
}

} // namespace thalamus::net
