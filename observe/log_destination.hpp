#pragma once
// The destination of the access log: stdout, stderr, a file or a named pipe. Writes never wait for
// a reader.
//
// Standard streams are shared with other processes (the shell, the terminal), which would share the
// O_NONBLOCK flag, too. So it is never set on them. Instead
//  - a pipe or terminal is reopened through /proc/self/fd, which gives it a new file description;
//  - a socket (systemd's journal) is written with MSG_DONTWAIT;
//  - if reopening is not permitted (the terminal of another user), at most PIPE_BUF bytes are
//    written at a time, and only if poll(2) reports that they fit.
// Regular files are written directly, because the kernel offers no non-blocking way.

#include <string>
#include <system_error>

#include <sys/uio.h>

namespace thalamus::observe {

class log_destination {
public:
    /// `name`: stdout, stderr or a path. @throws std::system_error naming it.
    explicit log_destination(const std::string& name);
    ~log_destination();
    log_destination(log_destination&& other) noexcept;
    log_destination& operator=(log_destination&& other) noexcept;

    /// Writes at least one byte of `parts`, which must not be empty. Returns the number of bytes
    /// written, or a negative errno. After -EAGAIN wait until fd() is writable. SIGPIPE must be
    /// blocked or ignored.
    ssize_t write(const iovec* parts, int count);

    int fd() const { return fd_; }

    /// Whether both are the same file or pipe, so that one continues a line of the other.
    bool is_same_as(const log_destination& other) const;

private:
    enum class auth_method : unsigned char { plain, socket, careful };

    int fd_ = -1;
    auth_method method_ = auth_method::plain;
};

} // namespace thalamus::observe
