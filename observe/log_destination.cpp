#include "observe/log_destination.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace thalamus::observe {
namespace {

[[noreturn]] void fail(const std::string& name) {
    throw std::system_error(errno, std::generic_category(), "access log \"" + name + "\"");
}

} // namespace

log_destination::log_destination(const std::string& name) {
    if (name != "stdout" && name != "stderr") {
        // Mode 0640: access logs contain personal data. O_NONBLOCK matters for named pipes.
        fd_ = ::open(name.c_str(),
                     O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640);
        if (fd_ < 0) fail(name);
        return;
    }

    const int stream = name == "stdout" ? STDOUT_FILENO : STDERR_FILENO;
    struct stat status {};
    if (::fstat(stream, &status) != 0) fail(name);
    if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)) {
        const std::string same = "/proc/self/fd/" + std::to_string(stream);
        fd_ = ::open(same.c_str(), O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd_ >= 0) return;
        method_ = auth_method::careful;
    } else if (S_ISSOCK(status.st_mode)) {
        method_ = auth_method::socket;
    }
    fd_ = ::fcntl(stream, F_DUPFD_CLOEXEC, 3);
    if (fd_ < 0) fail(name);
}

log_destination::~log_destination() {
    if (fd_ >= 0) ::close(fd_);
}

log_destination::log_destination(log_destination&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      method_(other.method_) {}

log_destination& log_destination::operator=(log_destination&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(method_, other.method_);
    return *this;
}

bool log_destination::is_same_as(const log_destination& other) const {
    struct stat current;
    struct stat opened;
    return ::fstat(fd_, &current) == 0 && ::fstat(other.fd_, &opened) == 0 &&
           current.st_dev == opened.st_dev && current.st_ino == opened.st_ino;
}

ssize_t log_destination::write(const iovec* parts, int count) {
    count = std::min(count, IOV_MAX);
    ssize_t written = -1;
    do {
        switch (method_) {
        case auth_method::plain: written = ::writev(fd_, parts, count); break;
        case auth_method::socket: {
            msghdr message{};
            message.msg_iov = const_cast<iovec*>(parts);
            message.msg_iovlen = static_cast<std::size_t>(count);
            written = ::sendmsg(fd_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
            break;
        }
        case auth_method::careful: {
            pollfd writable{fd_, POLLOUT, 0};
            if (::poll(&writable, 1, 0) == 0) return -EAGAIN;
            const iovec* part =
                std::find_if(parts, parts + count, [](const iovec& p) { return p.iov_len > 0; });
            written = ::write(fd_, part->iov_base, std::min<std::size_t>(part->iov_len, PIPE_BUF));
            break;
        }
        }
    } while (written < 0 && errno == EINTR);
    return written >= 0 ? written : -errno;
}

} // namespace thalamus::observe
