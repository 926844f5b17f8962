#pragma once
// A listening socket of one reactor. Every reactor has its own for each address (SO_REUSEPORT), so
// that the kernel spreads connections over them and none is handed from thread to thread.

#include "net/poller.hpp"
#include "net/reactor.hpp"
#include "net/socket.hpp"

#include <functional>
#include <optional>

namespace thalamus::net {

class listener final : private poller::handler {
public:
    /// Gets a connected, non-blocking descriptor, to own.
    using accept_handler = std::function<void(int fd)>;

    /// Opens and binds, without accepting yet. Any thread. @throws std::system_error
    listener(reactor& home, const tcp_endpoint& address, accept_handler on_accept);
    ~listener();
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;

    /// Starts accepting. On the reactor. @throws std::system_error
    void start();
    /// Accepts who is in the queue already, who would get a reset otherwise, and closes. On the
    /// reactor.
    void finish();
    /// Closes at once. On the reactor.
    void close() noexcept;

private:
    void on_events(unsigned events) override;
    void accept_some();

    reactor& home_;
    accept_handler on_accept_;
    timer retry_; // when the process has run out of descriptors
    int fd_ = -1;
    bool watching_ = false;
};

} // namespace thalamus::net
