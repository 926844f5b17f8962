#pragma once
// An HTTP/1.1 connection to a target: sends one request at a time, reads its response, and knows
// whether it may be reused (RFC 9112 section 9.3). Belongs to a connection_pool while idle, to the
// user of one exchange while lent. One reactor's thread only.

#include "net/http1_reader.hpp"
#include "net/http1_writer.hpp"
#include "net/reactor.hpp"

#include <boost/container/small_vector.hpp>

#include <string_view>

namespace thalamus::net {

class upstream_connection final : private socket::owner {
public:
    class user {
    public:
        /// Connected, readable, writable or broken: check. While idle: see fresh().
        virtual void on_upstream_ready() = 0;

    protected:
        ~user() = default;
    };

    explicit upstream_connection(reactor& home);
    upstream_connection(const upstream_connection&) = delete;
    upstream_connection& operator=(const upstream_connection&) = delete;

    /// False, with error() set, if it failed at once; otherwise see connected().
    bool connect(const tcp_endpoint& to) { return socket_.connect(to); }
    /// done, blocked (still in progress) or failed.
    socket::outcome connected() { return socket_.connected(); }
    int error() const { return socket_.error(); }
    bool lacks_resources() const { return socket_.lacks_resources(); }

    /// For one exchange; notifies `who`.
    void lend_to(user& who) {
        user_ = &who;
        idle_ = false;
    }
    /// Back in a pool; notifies `who` when it is no longer fresh.
    void rest_with(user& who) {
        user_ = &who;
        idle_ = true;
        reader_.rest();
    }

    /// Starts a request: queues its head. Its body, if any, goes to request_sink(); `length` is its
    /// size with that framing.
    void send_head(std::string_view bytes, http::body_framing framing, std::uint64_t length,
                   std::string_view method);
    http1_writer& request_sink() { return writer_; }

    enum class response_state : unsigned char {
        wait,
        head,      ///< response() has a head, an interim one if response_is_interim()
        malformed, ///< refusal() says why
        closed     ///< the target closed or reset before a complete head
    };
    /// Reads until the next head; call it again after an interim one.
    response_state read_response(std::size_t head_limit);
    const http::response_head& response() const { return response_; }
    bool response_is_interim() const {
        return response_.status / 100 == 1 && response_.status != 101;
    }
    const http::refusal& refusal() const { return refusal_; }
    http1_reader& response_body() { return reader_; }
    /// After 101: bytes pass unchanged in both directions.
    void begin_tunnel();

    /// Not a single byte of a response to the current request has arrived.
    bool no_response_yet() const { return reader_.received() == received_before_; }
    /// No byte of the current request can have reached the target's program: none was handed to the
    /// kernel, or the target's kernel acknowledged none.
    bool request_unreceived() const;
    /// It carried another exchange before the current one.
    bool reused() const { return exchanges_ > 1; }
    /// Both messages ended correctly, no bytes followed the response, and the target did not
    /// announce that it closes.
    bool reusable();
    /// It is idle, and nothing has arrived since.
    bool fresh() const { return !socket_.peer_closed() && !surprised_; }
    /// When it is destroyed, the target gets a reset, and bytes not sent yet are lost.
    void reset_on_close() { socket_.reset_on_close(); }

private:
    void on_socket_ready() override;

    socket socket_;
    http1_reader reader_;
    http1_writer writer_;
    user* user_ = nullptr;
    boost::container::small_vector<char, 512> head_bytes_; // response_'s views point here
    http::response_head response_;
    http::refusal refusal_;
    std::string method_; // of the current request: decides whether a response has a body
    std::uint64_t received_before_ = 0, sent_before_ = 0;
    unsigned exchanges_ = 0;
    bool answered_ = false, surprised_ = false, tunnel_ = false, idle_ = false;
};

} // namespace thalamus::net
