#include "cluster/link_scribe.hpp"

#include <caf/io/network/default_multiplexer.hpp>
#include <cerrno>
#include <sys/socket.h>

namespace thalamus::cluster {

namespace net = caf::io::network;

link_scribe::link_scribe(multiplexer& loop, int fd, std::shared_ptr<link_session> session)
    : caf::io::scribe(net::conn_hdl_from_socket(fd)),
      session_(std::move(session)),
      stream_(loop, fd, policy{session_}) {
    session_->on_blocked = [this] { stream_.force_empty_write(this); };
}

void link_scribe::configure_read(caf::io::receive_policy::config config) {
    stream_.configure_read(config);
}

void link_scribe::launch() {
    stream_.start(this);
    // A connection in progress, and a handshake that this side starts, begin with a write.
    stream_.force_empty_write(this);
}

void link_scribe::flush() {
    if (session_->established()) stream_.flush(this);
}

void link_scribe::graceful_shutdown() {
    session_->end();
    detach(&stream_.backend(), false);
}

std::string link_scribe::addr() const {
    auto text = net::remote_addr_of_fd(stream_.fd());
    return text ? *text : std::string{};
}

std::uint16_t link_scribe::port() const {
    auto number = net::remote_port_of_fd(stream_.fd());
    return number ? *number : std::uint16_t{0};
}

link_doorman::link_doorman(multiplexer& loop, int fd, std::function<void(int)> accepted,
                           std::function<void(int)> exhausted)
    : caf::io::doorman(net::accept_hdl_from_socket(fd)),
      accepted_(std::move(accepted)),
      exhausted_(std::move(exhausted)),
      acceptor_(loop, fd, policy{*this}) {}

bool link_doorman::policy::try_accept(int& result, int fd) {
    if (owner.ended_) {
        owner.acceptor_.passivate();
        return false;
    }
    result = ::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (result >= 0) return true;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        owner.exhausted_(errno);
    return false;
}

bool link_doorman::new_connection() {
    accepted_(acceptor_.accepted_socket());
    return true;
}

void link_doorman::graceful_shutdown() {
    ended_ = true;
    acceptor_.graceful_shutdown();
    detach(&acceptor_.backend(), false);
}

std::string link_doorman::addr() const {
    auto text = net::local_addr_of_fd(acceptor_.fd());
    return text ? *text : std::string{};
}

std::uint16_t link_doorman::port() const {
    auto number = net::local_port_of_fd(acceptor_.fd());
    return number ? *number : std::uint16_t{0};
}

} // namespace thalamus::cluster
