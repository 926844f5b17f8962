#pragma once
// A TCP socket for tests, on 127.0.0.1 unless told otherwise: plain POSIX, every call with a
// deadline. Not thread-safe but for shutdown(), which may end another thread's wait.

#include "tests/support/waiting.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace thalamus::test {

class socket {
public:
    socket() = default;
    explicit socket(int descriptor);
    socket(socket&& other) noexcept;
    socket& operator=(socket&& other) noexcept;
    ~socket();

    /// `receive_buffer` > 0 sets SO_RCVBUF before connecting, so that it bounds the window.
    static socket connect(std::uint16_t port, int receive_buffer = 0, deadline until = 5s);
    /// `address`: IPv4
    static socket connect(const std::string& address, std::uint16_t port, deadline until = 5s,
                          int receive_buffer = 0);
    /// Port 0 takes a free one.
    static socket listen(std::uint16_t port = 0, int backlog = 1024);
    /// An invalid socket if the deadline passes or the listener was shut down.
    socket accept(deadline until);

    void send(std::string_view bytes, deadline until = 10s);
    /// What fits now, or once there is room; 0 if there is none until the deadline.
    std::size_t send_some(std::string_view bytes, deadline until);
    /// Appends what has arrived to `to`. False at the end of the stream.
    bool receive(std::string& to, deadline until = 5s, std::size_t most = 65536);
    /// Whether something (bytes or the end) can be read before the deadline.
    bool readable(deadline until) const;

    void delay_acknowledgements(); ///< what arrives next is acknowledged late
    void shutdown_send();
    void shutdown();
    void close();
    void reset(); ///< closes with RST

    bool valid() const { return descriptor_ >= 0; }
    int descriptor() const { return descriptor_; }
    std::uint16_t local_port() const;

private:
    bool wait(short events, deadline until) const;
    int descriptor_ = -1;
};

/// A port that refuses every connection for as long as this lives.
class refusing_port {
public:
    refusing_port();
    std::uint16_t port() const { return held_.local_port(); }

private:
    socket held_;
};

/// A port at which connecting never ends: its backlog is full.
class silent_port {
public:
    silent_port();
    std::uint16_t port() const { return listener_.local_port(); }

private:
    socket listener_;
    socket fillers_[4];
};

} // namespace thalamus::test
