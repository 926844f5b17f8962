#pragma once
// Where the access log goes: stdout, stderr, a file or a named pipe. Writing never waits for a
// reader.
//
// Standard streams are shared with other processes (the shell, the terminal), and so would be their
// O_NONBLOCK flag; it is therefore never set on them. Instead
//  - a pipe or terminal is opened anew through /proc/self/fd, which gives a description of our own;
//  - a socket (systemd's journal) is sent to with MSG_DONTWAIT;
//  - where the former is not permitted (another user's terminal), at most PIPE_BUF bytes are
//  written
//    at a time, and only while poll(2) says that they fit.
// Regular files are written as they are: the kernel knows no other way.

#include <string>
#include <system_error>

#include <sys/uio.h>

namespace thalamus::observe {

class log_destination {
public:
    /// `to`: stdout, stderr or a path. @throws std::system_error naming it.
    explicit log_destination(const std::string& to);
    ~log_destination();
    log_destination(log_destination&& other) noexcept;
    log_destination& operator=(log_destination&& other) noexcept;

    /// At least one byte of `parts` (which hold some). Returns the bytes written, or a negative
    /// errno; -EAGAIN: nothing now, wait until fd() is writable. SIGPIPE must be blocked or
    /// ignored.
    ssize_t write(const iovec* parts, int count);

    int fd() const { return fd_; }

    /// The same file or pipe: what one began the other goes on with.
    bool is_same_as(const log_destination& other) const;

private:
    enum class way : unsigned char { plain, socket, careful };

    int fd_ = -1;
    way way_ = way::plain;
};

} // namespace thalamus::observe
