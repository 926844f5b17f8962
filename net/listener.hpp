#pragma once
// A listening socket of one reactor. Every reactor has its own for each address (SO_REUSEPORT), so
// that the kernel spreads connections over them and none is handed from thread to thread.

#include "net/poller.hpp"
#include "net/reactor.hpp"
#include "net/socket.hpp"

#include <functional>

namespace thalamus::net {

class listener final : private poller::handler {
public:
    /// Gets a connected, non-blocking descriptor, to own.
    using accept_handler = std::function<void(int fd)>;
    /// Hears, with an errno, that a client could not be accepted for want of descriptors or memory;
    /// it waits in the queue meanwhile.
    using shortage_handler = std::function<void(int error)>;

    /// Opens, binds and listens: clients get into the kernel's queue from here on. Any thread.
    /// @throws std::system_error
    listener(reactor& home, const tcp_endpoint& address, accept_handler on_accept,
             shortage_handler on_shortage);
    ~listener();
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;

    /// Starts accepting, unless closed already. On the reactor. @throws std::system_error
    void start();
    /// The address bound: with the port that the kernel chose where 0 was asked for. Any thread.
    tcp_endpoint address() const;
    /// Accepts who is in the queue already, who would get a reset otherwise, and closes. On the
    /// reactor.
    void finish();
    /// Closes at once. On the reactor.
    void close() noexcept;

private:
    void on_events(unsigned events) override;
    void accept_some();
    bool accept_one();

    reactor& home_;
    accept_handler on_accept_;
    shortage_handler on_shortage_;
    timer retry_; // when the process has run out of descriptors
    int fd_ = -1;
};

} // namespace thalamus::net
