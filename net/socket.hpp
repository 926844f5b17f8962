#pragma once
// A non-blocking TCP socket of one reactor. Reads and writes are plain system calls; the socket
// remembers the poller's events, so that its owner only tries what can succeed. Owned by a
// connection; used on its reactor's thread only. The destructor closes it.

#include "net/poller.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <sys/uio.h>

namespace thalamus::net {

using tcp_endpoint = boost::asio::ip::tcp::endpoint;

class socket final : private poller::handler {
public:
    /// Notified when the socket may have become readable, writable, connected or broken.
    class owner {
    public:
        virtual void on_socket_ready() = 0;

    protected:
        ~owner() = default;
    };

    enum class outcome : unsigned char {
        done,    ///< some bytes moved
        blocked, ///< the owner will be notified when to try again
        closed,  ///< read: the peer will not send more
        failed   ///< the connection is broken; error() says how
    };
    struct result {
        outcome what;
        std::size_t bytes = 0;
    };

    socket(poller& events, owner& who) : poller_(events), owner_(who) {}
    ~socket() { close(); }
    socket(const socket&) = delete;
    socket& operator=(const socket&) = delete;

    /// Takes ownership of a connected, non-blocking descriptor. @throws std::system_error
    void adopt(int fd);
    /// Starts to connect; the owner is notified when that has ended: see connected(). Returns
    /// false, with error() set, if it failed at once.
    bool connect(const tcp_endpoint& to);
    /// After connect(): done, blocked (still in progress) or failed.
    outcome connected();

    result read(char* to, std::size_t size);
    result write(std::span<const iovec> from);
    bool readable() const { return readable_; }
    /// Makes the next read look for data that was not reported yet.
    void look_again() { readable_ = is_open(); }
    /// False after a blocked write, until the peer has made room.
    bool writable() const { return writable_; }
    /// The peer has closed its sending side, although bytes may still be unread.
    bool peer_closed() const { return peer_closed_; }
    /// Reset, timed out or unreachable: error() says which after the next read or write.
    bool broken() const { return broken_; }

    void shutdown_send();
    void close() noexcept;
    /// close() will send a reset, so that the peer cannot take what it received for the whole.
    void reset_on_close() noexcept;
    bool is_open() const { return fd_ >= 0; }
    int error() const { return error_; }
    /// connect() failed because a local resource is missing (descriptors, memory, ports): not the
    /// target's fault.
    bool lacks_resources() const;
    int descriptor() const { return fd_; }

private:
    void on_events(unsigned events) override;
    bool start_watching();

    poller& poller_;
    owner& owner_;
    int fd_ = -1;
    int error_ = 0;
    bool readable_ = false, writable_ = false, peer_closed_ = false, broken_ = false,
         connecting_ = false;
};

/// TCP_NODELAY: heads are sent whole. Accepted connections inherit it from a listening socket.
void send_at_once(int fd);

/// "192.0.2.1:80", "[2001:db8::1]:80"
std::string to_text(const tcp_endpoint& address);

/// The peer's address of a descriptor; an empty endpoint if the kernel no longer knows it.
tcp_endpoint peer_of(int fd);
/// The local address of a descriptor.
tcp_endpoint local_of(int fd);

} // namespace thalamus::net
