#pragma once
// A client's HTTP/1.1 connection: reads requests one after the other, hands each out as a
// server_stream, sends its answer, and decides whether the connection lives on (RFC 9112 section 9).
// Pipelined requests wait in the socket: answers leave in order because the next request is not read
// before.
//
//    reading ──head complete──► answering ──answer sent──► reading
//       │                          │    └──connection must end──► lingering ──► closed
//       └──refused: answered as any other request, then lingering
//
// Owned by its connection actor; one reactor's thread only.

#include "config/snapshot.hpp"
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
        /// The connection is closed; the session may be destroyed from here on, not within the call.
        virtual void on_session_closed() = 0;

    protected:
        ~owner() = default;
    };

    /// `limits` and `timeouts` must outlive the session.
    http1_session(reactor& home, owner& who, const config::limit_settings& limits,
                  const config::timeout_settings& timeouts);
    ~http1_session();

    /// Takes over an accepted descriptor and begins. @throws std::system_error
    void start(int fd);
    /// The next answer says `Connection: close`; nothing is read after it.
    void drain();
    /// Closes now if no request is under way, but not who has just connected: its first one is on its way.
    void close_if_idle();
    bool idle() const { return state_ == state::reading && !reader_.started(); }

private:
    friend class http1_stream;
    enum class state : unsigned char { reading, answering, lingering, closed };

    void on_socket_ready() override;
    void run();
    bool read_request();
    bool continue_answer();
    void begin_stream();
    void refuse(const http::refusal& why);
    void hand_over(std::unique_ptr<http1_stream> stream, const http::refusal& why);
    body_sink& send_head(http1_stream& stream, const answer_head& head, http::body_framing framing,
                         std::uint64_t length);
    void drop_body();
    void notice_departure();
    void notice_progress();
    bool client_owes_body() const;
    bool answer_sent() const;
    bool finish_answer();
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
    http1_stream* stream_ = nullptr; // owned by the decider; null but while answering
    tcp_endpoint peer_;
    std::uint64_t requests_ = 0;
    std::uint64_t moved_ = 0;   // bytes both ways when the body_idle deadline was moved last
    std::uint64_t dropped_ = 0; // while lingering
    std::uint64_t received_before_ = 0, sent_before_ = 0; // when this exchange began
    time_point opened_{};
    time_point begun_{}; // of the request that is being read; epoch = none
    state state_ = state::reading;
    bool close_after_ = false; // the next answer says so
    bool closing_ = false;     // the answer under way has said so
    bool running_ = false, again_ = false;
    bool tell_ = false;   // the stream's observer is to be told that the socket is ready
    bool probed_ = false; // the client closed its side, and was asked whether it is still there
    bool tunnel_ = false;
    bool tunnel_ended_ = false;
    bool continued_ = false; // 100 Continue was sent
};

} // namespace thalamus::net
