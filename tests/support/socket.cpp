#include "tests/support/socket.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace thalamus::test {
namespace {

constexpr const char* loopback_address = "127.0.0.1";

sockaddr_in at(const std::string& ip, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (::inet_pton(AF_INET, ip.c_str(), &address.sin_addr) != 1)
        throw test_error("no IPv4 address: " + ip);
    return address;
}

sockaddr_in loopback(std::uint16_t port) { return at(loopback_address, port); }

[[noreturn]] void fail(const char* what) {
    throw test_error(std::string(what) + ": " + std::strerror(errno));
}

int new_descriptor() {
    int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) fail("socket");
    return descriptor;
}

void set_option(int descriptor, int level, int name, int value) {
    if (::setsockopt(descriptor, level, name, &value, sizeof value) != 0) fail("setsockopt");
}

} // namespace

socket::socket(int descriptor) : descriptor_(descriptor) {
    ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}

socket::socket(socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

socket& socket::operator=(socket&& other) noexcept {
    if (this != &other) {
        close();
        descriptor_ = std::exchange(other.descriptor_, -1);
    }
    return *this;
}

socket::~socket() { close(); }

socket socket::connect(std::uint16_t port, int receive_buffer, deadline until) {
    return connect(loopback_address, port, until, receive_buffer);
}

socket socket::connect(const std::string& ip, std::uint16_t port, deadline until,
                       int receive_buffer) {
    socket made(new_descriptor());
    if (receive_buffer > 0) set_option(made.descriptor_, SOL_SOCKET, SO_RCVBUF, receive_buffer);
    set_option(made.descriptor_, IPPROTO_TCP, TCP_NODELAY, 1);
    auto address = at(ip, port);
    if (::connect(made.descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        if (errno != EINPROGRESS)
            throw connection_lost(std::string("connect: ") + std::strerror(errno));
        if (!made.wait(POLLOUT, until)) throw timed_out("connect: no answer");
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(made.descriptor_, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) throw connection_lost(std::string("connect: ") + std::strerror(error));
    }
    return made;
}

socket socket::listen(std::uint16_t port, int backlog) {
    socket made(new_descriptor());
    set_option(made.descriptor_, SOL_SOCKET, SO_REUSEADDR, 1);
    auto address = loopback(port);
    if (::bind(made.descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        fail("bind");
    if (::listen(made.descriptor_, backlog) != 0) fail("listen");
    return made;
}

socket socket::accept(deadline until) {
    if (!wait(POLLIN, until)) return {};
    int descriptor = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor < 0) return {};
    set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    return socket(descriptor);
}

void socket::send(std::string_view bytes, deadline until) {
    while (!bytes.empty()) {
        auto sent = send_some(bytes, until);
        if (sent == 0) throw timed_out("send: the other side does not read");
        bytes.remove_prefix(sent);
    }
}

std::size_t socket::send_some(std::string_view bytes, deadline until) {
    while (true) {
        auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) return static_cast<std::size_t>(sent);
        if (errno == EINTR) continue;
        if (errno != EAGAIN) throw connection_lost(std::string("send: ") + std::strerror(errno));
        if (!wait(POLLOUT, until)) return 0;
    }
}

bool socket::receive(std::string& to, deadline until, std::size_t most) {
    char buffer[65536];
    most = most < sizeof buffer ? most : sizeof buffer;
    while (true) {
        auto got = ::recv(descriptor_, buffer, most, 0);
        if (got > 0) {
            to.append(buffer, static_cast<std::size_t>(got));
            return true;
        }
        if (got == 0) return false;
        if (errno == EINTR) continue;
        if (errno != EAGAIN) throw connection_lost(std::string("recv: ") + std::strerror(errno));
        if (!wait(POLLIN, until)) throw timed_out("recv: nothing arrived");
    }
}

bool socket::readable(deadline until) const { return wait(POLLIN, until); }

void socket::delay_acknowledgements() { set_option(descriptor_, IPPROTO_TCP, TCP_QUICKACK, 0); }

void socket::shutdown_send() { ::shutdown(descriptor_, SHUT_WR); }

void socket::shutdown() { ::shutdown(descriptor_, SHUT_RDWR); }

void socket::close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void socket::reset() {
    linger now{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
}

std::uint16_t socket::local_port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        fail("getsockname");
    return ntohs(address.sin_port);
}

bool socket::wait(short events, deadline until) const {
    pollfd one{descriptor_, events, 0};
    while (true) {
        int ready = ::poll(&one, 1, static_cast<int>(until.left().count()));
        if (ready > 0) return true;
        if (ready == 0 && until.passed()) return false;
        if (ready < 0 && errno != EINTR) fail("poll");
    }
}

refusing_port::refusing_port() : held_(new_descriptor()) {
    auto address = loopback(0);
    if (::bind(held_.descriptor(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        fail("bind");
}

silent_port::silent_port() : listener_(socket::listen(0, 0)) {
    for (auto& filler : fillers_) {
        filler = socket(new_descriptor());
        auto address = loopback(port());
        ::connect(filler.descriptor(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
}

} // namespace thalamus::test
