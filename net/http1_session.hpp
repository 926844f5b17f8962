#pragma once
// A client's HTTP/1.1 connection: reads requests one after the other, hands each out as a
// server_stream, sends its response, and decides whether the connection persists (RFC 9112
// section 9). Pipelined requests wait in the socket: responses leave in order because the next
// request is not read earlier.
//
//    reading ──head complete──► responding ──response sent──► reading
//       │                           │    └──connection must end──► lingering ──► closed
//       └──refused: gets a response like any other request, then lingering
//
// Owned by its connection actor; one reactor's thread only.

#include "config/node_settings.hpp"
#include "net/http1_reader.hpp"
#include "net/http1_writer.hpp"
#include "net/reactor.hpp"
#include "net/server_stream.hpp"

#include <memory>

namespace thalamus::net {

class http1_stream;

class http1_session final : private socket::owner {
public:
    class owner {
    public:
        virtual void on_request(std::unique_ptr<server_stream> stream) = 0;
        /// The connection is closed. The session may be destroyed afterwards, but not within the
        /// call.
        virtual void on_session_closed() = 0;

    protected:
        ~owner() = default;
    };

    /// `limits` and `timeouts` must outlive the session.
    http1_session(reactor& home, owner& who, const config::limit_settings& limits,
                  const config::timeout_settings& timeouts);
    ~http1_session();

    /// Takes ownership of an accepted descriptor and starts. @throws std::system_error
    void start(int fd);
    /// The next response says `Connection: close`; nothing is read after it.
    void drain();
    /// Closes now if no request is in progress, except for a new connection, whose first request is
    /// on its way.
    void close_if_idle();
    bool idle() const { return state_ == state::reading && !reader_.started(); }

private:
    friend class http1_stream;
    enum class state : unsigned char { reading, responding, lingering, closed };

    void on_socket_ready() override;
    void run();
    bool read_request();
    bool continue_response();
    void begin_stream();
    void refuse(const http::refusal& why);
    void hand_over(std::unique_ptr<http1_stream> stream, const http::refusal& why);
    body_sink& send_head(http1_stream& stream, const response_head_writer& head,
                         http::body_framing framing, std::uint64_t length);
    void drop_body();
    void notice_departure();
    void notice_progress();
    bool client_owes_body() const;
    bool response_sent() const;
    bool finish_response();
    bool linger();
    void close(bool complete, std::string_view why);
    void give_up(std::string_view why);
    bool nothing_has_come();
    void on_deadline();
    void arm(config::milliseconds after) { timer_.arm(home_.now() + after); }

    reactor& home_;
    owner& owner_;
    const config::limit_settings& limits_;
    const config::timeout_settings& timeouts_;
    socket socket_;
    http1_reader reader_;
    http1_writer writer_;
    timer timer_;
    http1_stream* stream_ = nullptr; // owned by its handler; null unless responding
    tcp_endpoint peer_;
    std::uint64_t requests_ = 0;
    std::uint64_t moved_ = 0;   // bytes both ways when the body_idle deadline was last moved
    std::uint64_t dropped_ = 0; // while lingering
    std::uint64_t received_before_ = 0, sent_before_ = 0; // when this exchange began
    time_point opened_{};
    time_point begun_{}; // start of the request that is being read; epoch = none
    state state_ = state::reading;
    bool close_after_ = false; // the next response says so
    bool closing_ = false;     // the current response has said so
    bool running_ = false, again_ = false;
    bool tell_ = false;   // the stream's observer must be notified that the socket is ready
    bool probed_ = false; // the client closed its side, and was probed
    bool tunnel_ = false;
    bool tunnel_ended_ = false;
    bool continued_ = false; // 100 Continue was sent
};

} // namespace thalamus::net
