#pragma once
// A listening socket of one reactor. Every reactor has its own for each address (SO_REUSEPORT), so
// that the kernel distributes connections, and none moves from one thread to another.

#include "net/poller.hpp"
#include "net/reactor.hpp"
#include "net/socket.hpp"

#include <functional>

namespace thalamus::net {

class listener final : private poller::handler {
public:
    /// Takes ownership of a connected, non-blocking descriptor.
    using accept_handler = std::function<void(int fd)>;
    /// Called with an errno if a client could not be accepted because descriptors or memory are
    /// missing; the client waits in the kernel's queue meanwhile.
    using shortage_handler = std::function<void(int error)>;

    /// Opens, binds and listens: from here on clients enter the kernel's queue. Any thread. @throws
    /// std::system_error
    listener(reactor& home, const tcp_endpoint& address, accept_handler on_accept,
             shortage_handler on_shortage);
    ~listener();
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;

    /// Starts accepting, unless already closed. On the reactor. @throws std::system_error
    void start();
    /// The bound address; with the port that the kernel chose if 0 was requested. Any thread.
    tcp_endpoint address() const;
    /// Accepts the clients that are already in the queue, which would otherwise get a reset, then
    /// closes. On the reactor.
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
    timer retry_; // when the process is out of descriptors
    int fd_ = -1;
};

} // namespace thalamus::net
