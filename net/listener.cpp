#include "net/listener.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace thalamus::net {

namespace {
constexpr int accepts_per_turn = 64, queue_length = 4096;
constexpr std::chrono::milliseconds retry_after{50};

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}
} // namespace

listener::listener(reactor& home, const tcp_endpoint& address, accept_handler on_accept,
                   shortage_handler on_shortage)
    : home_(home),
      on_accept_(std::move(on_accept)),
      on_shortage_(std::move(on_shortage)),
      retry_(home.timers(), base::bind<&listener::accept_some>(this)) {
    fd_ = ::socket(address.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                   IPPROTO_TCP);
    if (fd_ < 0) fail("socket");
    const int on = 1;
    ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    send_at_once(fd_);
    if (::setsockopt(fd_, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
        ::bind(fd_, address.data(), static_cast<socklen_t>(address.size())) != 0 ||
        ::listen(fd_, queue_length) != 0) {
        const int error = errno;
        ::close(fd_);
        errno = error;
        fail("bind");
    }
}

listener::~listener() { close(); }

void listener::start() {
    if (fd_ >= 0 && !home_.sockets().add(fd_, EPOLLIN, *this)) fail("epoll_ctl");
}

tcp_endpoint listener::address() const { return local_of(fd_); }

void listener::close() noexcept {
    if (fd_ < 0) return;
    home_.sockets().forget(*this);
    ::close(fd_);
    fd_ = -1;
    retry_.disarm();
}

void listener::finish() {
    for (int i = 0; i < queue_length && accept_one(); ++i) {}
    close();
}

void listener::on_events(unsigned) { accept_some(); }

void listener::accept_some() {
    for (int i = 0; i < accepts_per_turn; ++i)
        if (!accept_one()) return;
    retry_.arm(home_.now()); // after others had their turn
}

// False if there is nothing to accept now.
bool listener::accept_one() {
    while (fd_ >= 0) { // on_accept_ may close it
        const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            on_accept_(fd);
            return true;
        }
        if (errno == EAGAIN) return false;
        if (errno == ECONNABORTED || errno == EINTR) continue;
        on_shortage_(errno);
        retry_.arm(home_.now() + retry_after); // the edge-triggered event is used up
        return false;
    }
    return false;
}

} // namespace thalamus::net
