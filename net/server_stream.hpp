#pragma once
// One request and its response as the network sees it: a session (HTTP/1.1 now, HTTP/2 later)
// passes it to a handler, which responds through it. Code that uses it must not assume that a
// connection carries one stream at a time, or know which version the client uses.
//
// Owned by the handler (it holds the request head's bytes), and bound to its session until the
// response has been sent or the connection is gone; after that every call is harmless and has no
// effect. One reactor's thread only.

#include "http/head.hpp"
#include "http/parse.hpp"
#include "net/body.hpp"
#include "net/socket.hpp"
#include "net/timer.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace thalamus::net {

class reactor;

/// What the writer of a response head learns about the connection.
struct response_framing {
    unsigned version = 11; ///< of the request
    bool close = false;    ///< the connection ends after this response
    http::body_framing framing = http::body_framing::none;
    std::uint64_t length = 0; ///< if framing == length
};

/// A response head that can write itself.
class response_head_writer {
public:
    /// Appends the status line, the fields and the empty line.
    virtual void write_http1(std::string& out, const response_framing& form) const = 0;

protected:
    ~response_head_writer() = default;
};

class server_stream {
public:
    enum class trouble : unsigned char {
        request_stalled, ///< the client owes body bytes and has sent none for timeouts.body_idle
        session_ending   ///< the connection's actor is ending
    };

    class observer {
    public:
        /// The request body may have more bytes, or the response sink may take more.
        virtual void on_stream_ready() = 0;
        /// Called only while no head was sent: respond now, it is the last chance.
        virtual void on_stream_trouble(trouble what) = 0;
        /// The last call: the response was sent completely (`complete`), or the client is gone, or
        /// the session aborted it (`why`, static text).
        virtual void on_stream_closed(bool complete, std::string_view why) = 0;

    protected:
        ~observer() = default;
    };

    virtual ~server_stream() = default;
    void observe(observer* who) { observer_ = who; }

    // -- the request ---------------------------------------------------------------------------
    const http::request_head& head() const { return head_; }
    /// The fields of the head. The handler may remove some and add its own, whose text it owns.
    http::field_list& fields() { return head_.fields; }
    /// Set if the request could not be parsed; then head() may be empty.
    const http::refusal& refusal() const { return refusal_; }
    const tcp_endpoint& peer() const { return peer_; }
    virtual reactor& home() = 0;
    virtual body_source& request_body() = 0;
    /// Limits the decoded bytes of the body; more gives body_source::state::too_big.
    virtual void limit_request_body(std::uint64_t bytes) = 0;
    /// The body has arrived to its end.
    virtual bool body_arrived() const = 0;
    /// The client owes bytes of the body: all received ones were read.
    virtual bool awaits_body() const = 0;
    /// The rest of the body is not needed: drops the received part, so that a small body does not
    /// cost the connection.
    virtual void drop_body() = 0;

    // -- the response --------------------------------------------------------------------------
    /// Sends a 1xx response; any number may precede the final one. Dropped for HTTP/1.0.
    virtual void send_interim(unsigned status, const response_head_writer& head) = 0;
    /// Sends the final head. `framing` is the framing of the body at its source; the session
    /// chooses the framing towards the client. Returns the sink for the body; call its finish() in
    /// any case.
    virtual body_sink& send_head(const response_head_writer& head, http::body_framing framing,
                                 std::uint64_t length) = 0;
    bool head_sent() const { return head_sent_; }
    /// The status for the accounts: that of the head to be sent.
    void set_status(unsigned status) { status_ = status; }
    /// 101: from now on request_body() and the sink carry bytes unchanged.
    virtual body_sink& switch_protocols(const response_head_writer& head) = 0;
    /// Both directions have ended, and all bytes from the client were forwarded.
    virtual void end_tunnel() = 0;
    /// To be called after writing to the sink outside on_stream_ready().
    virtual void advance() = 0;
    /// Aborts the response: the client must not take what it received for the whole.
    virtual void abort(std::string_view why) = 0;

    // -- accounts ------------------------------------------------------------------------------
    struct account {
        std::chrono::system_clock::time_point started{};
        time_point begun{};     ///< its first byte, or the end of the previous request
        time_point head_done{}; ///< the head was complete
        std::uint64_t bytes_in = 0, bytes_out = 0;
        unsigned status = 0;
    };
    virtual account accounts() const = 0;

protected:
    http::request_head head_;
    http::refusal refusal_;
    tcp_endpoint peer_;
    observer* observer_ = nullptr;
    unsigned status_ = 0;
    bool head_sent_ = false;
};

} // namespace thalamus::net
