#pragma once
// An edge-triggered epoll set for the sockets of one reactor, on which Asio waits in turn. Asio's
// own readiness wait costs a system call each time (an epoll_ctl to re-arm, or a receive that finds
// nothing) and does not distinguish a peer's FIN from data; that matters on the path of every
// request. Here a socket is registered once and remembers its events. Owned by its reactor, used on
// that reactor's thread only.

#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <functional>
#include <sys/epoll.h>

namespace thalamus::net {

class poller {
public:
    /// Owns a file descriptor. Must call forget() before it is destroyed.
    class handler {
    public:
        /// `events` as returned by epoll_wait(2). May destroy the handler, or any other.
        virtual void on_events(unsigned events) = 0;

    protected:
        ~handler() = default;
    };

    /// `begin_turn` and `end_turn` run around each batch of events.
    poller(boost::asio::io_context& io, std::function<void()> begin_turn,
           std::function<void()> end_turn);
    ~poller();
    poller(const poller&) = delete;
    poller& operator=(const poller&) = delete;

    /// Starts watching; false, with errno set, if the kernel refuses (out of memory or watches).
    bool add(int fd, unsigned events, handler& who);
    /// After this, no event already taken from the kernel reaches `who`. To be called when closing
    /// the descriptor, which ends the kernel's watch.
    void forget(handler& who) noexcept;
    /// Ends the wait, so that the io_context can run out of work.
    void stop();

private:
    void wait();
    void dispatch();

    static constexpr int batch_size = 256;
    boost::asio::posix::stream_descriptor epoll_;
    std::function<void()> begin_turn_, end_turn_;
    std::array<epoll_event, batch_size> events_;
    int next_ = 0, last_ = 0; // events_[next_..last_) are still to be dispatched
};

} // namespace thalamus::net
