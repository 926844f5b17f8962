#pragma once
// The sockets of links in the middleman's event loop: a scribe reads and writes one connection, a
// doorman accepts. Both belong to the link broker and its thread.

#include "cluster/link_session.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <caf/io/doorman.hpp>
#include <caf/io/network/acceptor_impl.hpp>
#include <caf/io/network/stream_impl.hpp>
#include <caf/io/scribe.hpp>

namespace thalamus::cluster {

class link_scribe final : public caf::io::scribe {
public:
    using multiplexer = caf::io::network::default_multiplexer;

    /// Takes ownership of a non-blocking descriptor that is connected or connecting.
    link_scribe(multiplexer& loop, int fd, std::shared_ptr<link_session> session);

    /// Starts to watch the socket: nothing happens before.
    void launch();

    void configure_read(caf::io::receive_policy::config config) override;
    void ack_writes(bool enable) override { stream_.ack_writes(enable); }
    std::vector<char>& wr_buf() override { return stream_.wr_buf(); }
    std::vector<char>& rd_buf() override { return stream_.rd_buf(); }
    /// Holds back written bytes until the session is established: a stream with something to write
    /// would spin during a handshake that waits for the peer.
    void flush() override;
    /// Ends at once: a stalled peer would keep the socket open for as long as the kernel does.
    void graceful_shutdown() override;
    std::string addr() const override;
    std::uint16_t port() const override;
    void add_to_loop() override { stream_.activate(this); }
    /// An ended session does not need it: its socket's next event takes both directions out of the
    /// loop. Requesting it in the turn of the loop in which the scribe was launched would leak the
    /// scribe: the multiplexer cancels the two requests against each other, and never releases it.
    void remove_from_loop() override {
        if (!session_->ended()) stream_.passivate();
    }

private:
    struct policy {
        std::shared_ptr<link_session> session;
        auto read_some(std::size_t& n, int fd, void* out, std::size_t size) {
            return session->read_some(n, fd, out, size);
        }
        auto write_some(std::size_t& n, int fd, const void* data, std::size_t size) {
            return session->write_some(n, fd, data, size);
        }
        bool must_read_more(int fd, std::size_t n) { return session->must_read_more(fd, n); }
    };

    std::shared_ptr<link_session> session_;
    caf::io::network::stream_impl<policy> stream_;
};

class link_doorman final : public caf::io::doorman {
public:
    using multiplexer = caf::io::network::default_multiplexer;

    /// `accepted` gets each connection. `exhausted` is called with the error when the process has
    /// no descriptors left, and must pause this doorman.
    link_doorman(multiplexer& loop, int fd, std::function<void(int fd)> accepted,
                 std::function<void(int error)> exhausted);

    bool new_connection() override;
    void graceful_shutdown() override;
    void launch() override { acceptor_.start(this); }
    std::string addr() const override;
    std::uint16_t port() const override;
    void add_to_loop() override { acceptor_.activate(this); }
    /// As for a scribe.
    void remove_from_loop() override {
        if (!ended_) acceptor_.passivate();
    }

private:
    struct policy {
        link_doorman& owner;
        bool try_accept(int& result, int fd);
    };

    std::function<void(int)> accepted_, exhausted_;
    bool ended_ = false;
    caf::io::network::acceptor_impl<policy> acceptor_;
};

} // namespace thalamus::cluster
