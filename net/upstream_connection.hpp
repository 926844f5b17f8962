#pragma once
// An HTTP/1.1 connection to a target: sends one request at a time, reads its answer, and knows
// whether it may be used again (RFC 9112 9.3). Belongs to a connection_pool while idle, to the user
// of one exchange while lent. One reactor's thread only.

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
        /// Connected, readable, writable or broken: look. While idle: see fresh().
        virtual void on_upstream_ready() = 0;

    protected:
        ~user() = default;
    };

    explicit upstream_connection(reactor& home);
    upstream_connection(const upstream_connection&) = delete;
    upstream_connection& operator=(const upstream_connection&) = delete;

    /// False, with error() set, if it failed at once; else see connected().
    bool connect(const tcp_endpoint& to) { return socket_.connect(to); }
    /// done, blocked (still under way) or failed.
    socket::outcome connected() { return socket_.connected(); }
    int error() const { return socket_.error(); }
    bool lacks_resources() const { return socket_.lacks_resources(); }

    /// For an exchange; who is told.
    void lend_to(user& who) {
        user_ = &who;
        idle_ = false;
    }
    /// Back in a pool; who is told that it is no longer fresh.
    void rest_with(user& who) {
        user_ = &who;
        idle_ = true;
        reader_.rest();
    }

    /// Queues a request's head; its body, if any, of `length` bytes if so framed, goes to
    /// request_sink(). A request begins here.
    void send_head(std::string_view bytes, http::body_framing framing, std::uint64_t length,
                   std::string_view method);
    http1_writer& request_sink() { return writer_; }

    enum class answer_state : unsigned char {
        wait,
        head,      ///< answer() holds a head: an interim one if answer_is_interim()
        malformed, ///< refusal() says why
        closed     ///< the target closed or reset before a complete head
    };
    /// Reads until the next head; call again after an interim one.
    answer_state read_answer(std::size_t head_limit);
    const http::response_head& answer() const { return answer_; }
    bool answer_is_interim() const { return answer_.status / 100 == 1 && answer_.status != 101; }
    const http::refusal& refusal() const { return refusal_; }
    http1_reader& answer_body() { return reader_; }
    /// After 101: bytes as they are, both ways.
    void begin_tunnel();

    /// Not one byte of an answer to the present request has come.
    bool answer_silent() const { return reader_.received() == received_before_; }
    /// Not one byte of the present request can have reached the target's program: none was handed
    /// to the kernel, or the target's kernel acknowledged none.
    bool request_unreceived() const;
    /// Used for an exchange before the present one.
    bool reused() const { return exchanges_ > 1; }
    /// Both messages ended where they should, nothing came behind the answer, and the target did not
    /// say that it closes.
    bool reusable();
    /// Idle, and nothing was heard since.
    bool fresh() const { return !socket_.peer_closed() && !surprised_; }
    /// When it is destroyed, the target gets a reset and what it has not been sent yet is lost.
    void reset_on_close() { socket_.reset_on_close(); }

private:
    void on_socket_ready() override;

    socket socket_;
    http1_reader reader_;
    http1_writer writer_;
    user* user_ = nullptr;
    boost::container::small_vector<char, 512> head_bytes_; // answer_'s views point here
    http::response_head answer_;
    http::refusal refusal_;
    std::string method_; // of the present request: decides whether an answer has a body
    std::uint64_t received_before_ = 0, sent_before_ = 0;
    unsigned exchanges_ = 0;
    bool answered_ = false, surprised_ = false, tunnel_ = false, idle_ = false;
};

} // namespace thalamus::net
