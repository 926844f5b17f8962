#include "tests/failures/client_connection.hpp"

#include "tests/support/http_text.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace thalamus::test {

void client_connection::connect(const std::string& address, std::uint16_t port) {
    descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    ::inet_pton(AF_INET, address.c_str(), &to.sin_addr);
    failed_ = ::connect(descriptor_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 &&
              errno != EINPROGRESS;
}

void client_connection::ask(std::string_view request) {
    output_ = request;
    input_.clear();
    asking_ = true;
}

client_connection::state client_connection::advance() {
    if (failed_) return state::refused;
    while (!output_.empty()) {
        const auto sent = ::send(descriptor_, output_.data(), output_.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            connected_ = true;
            output_.erase(0, static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            return state::busy;
        } else if (errno != EINTR) {
            return connected_ ? state::ended : state::refused;
        }
    }
    return receive();
}

client_connection::state client_connection::receive() {
    char buffer[16384];
    while (true) {
        const auto got = ::recv(descriptor_, buffer, sizeof buffer, 0);
        if (got > 0) {
            input_.append(buffer, static_cast<std::size_t>(got));
            continue;
        }
        if (got < 0 && errno == EINTR) continue;
        const bool open = got < 0 && errno == EAGAIN;
        if (!asking_) return open && input_.empty() ? state::busy : state::ended;
        const auto seen = look();
        return seen == state::busy && !open ? state::ended : seen;
    }
}

client_connection::state client_connection::look() {
    const auto end = input_.find("\r\n\r\n");
    if (end == input_.npos) return state::busy;
    message head;
    for (std::size_t at = input_.find("\r\n"); at < end;) {
        const auto next = input_.find("\r\n", at + 2);
        const auto line = std::string_view(input_).substr(at + 2, next - at - 2);
        const auto colon = line.find(": ");
        if (colon == line.npos) return state::malformed;
        head.fields.emplace_back(line.substr(0, colon), line.substr(colon + 2));
        at = next;
    }
    const auto length = head.get("Content-Length");
    if (!input_.starts_with("HTTP/1.1 ") || !length) return state::malformed;
    const auto size = end + 4 + std::stoull(*length);
    if (input_.size() < size) return state::busy;
    if (input_.size() > size) return state::malformed;
    status_ = std::stoi(input_.substr(9, 3));
    keeps_ = !same_text(head.joined("Connection"), "close");
    input_.clear();
    asking_ = false;
    ++answers_;
    return state::complete;
}

void client_connection::close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

} // namespace thalamus::test
