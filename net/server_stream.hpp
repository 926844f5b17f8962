#pragma once
// One request and its answer as the network sees it: what a session (HTTP/1.1 now, HTTP/2 later)
// hands to whoever decides, and what the decider answers through. Nothing that uses this may assume
// that a connection carries one at a time, or know which version the client speaks.
//
// Owned by the decider (it holds the request head's bytes), bound to its session until the answer has
// left or the connection is gone; after that every call is harmless and does nothing.
// One reactor's thread only.

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

/// What the writer of an answer's head is told about the connection it goes to.
struct answer_form {
    unsigned version = 11; ///< of the request
    bool close = false;    ///< the connection ends after this answer
    http::body_framing framing = http::body_framing::none;
    std::uint64_t length = 0; ///< with framing == length
};

/// An answer's head that knows how to write itself.
class answer_head {
public:
    /// Appends status line, fields and the empty line.
    virtual void write_http1(std::string& out, const answer_form& form) const = 0;

protected:
    ~answer_head() = default;
};

class server_stream {
public:
    enum class trouble : unsigned char {
        request_stalled, ///< the client owes bytes of the body and sent none for timeouts.body_idle
        session_ending   ///< the connection's actor ends
    };

    class observer {
    public:
        /// The request's body may have more, or the answer's sink may take more.
        virtual void on_stream_ready() = 0;
        /// Only while no head was sent: answer now, nothing else will get through.
        virtual void on_stream_trouble(trouble what) = 0;
        /// The last call: the answer has been sent whole (`complete`), or the client is gone, or the
        /// session gave up on it (`why`, static text).
        virtual void on_stream_closed(bool complete, std::string_view why) = 0;

    protected:
        ~observer() = default;
    };

    virtual ~server_stream() = default;
    void observe(observer* who) { observer_ = who; }

    // -- the request ---------------------------------------------------------------------------
    const http::request_head& head() const { return head_; }
    /// Of the head: the decider may take some out and add its own, whose text it keeps.
    http::field_list& fields() { return head_.fields; }
    /// Set if the request could not be read; then head() may be empty.
    const http::refusal& refusal() const { return refusal_; }
    const tcp_endpoint& peer() const { return peer_; }
    virtual reactor& home() = 0;
    virtual body_source& request_body() = 0;
    /// Bytes of the body that may be decoded at most; more gives body_source::state::too_big.
    virtual void limit_request_body(std::uint64_t bytes) = 0;
    /// The body has come to its end.
    virtual bool body_arrived() const = 0;
    /// The client owes bytes of the body: all that has come was read.
    virtual bool awaits_body() const = 0;
    /// Nobody wants the rest of the body: drops what has come, so that a small one does not cost the
    /// connection.
    virtual void drop_body() = 0;

    // -- the answer ----------------------------------------------------------------------------
    /// A 1xx answer; the client may get any number before the final one. Dropped for HTTP/1.0.
    virtual void send_interim(unsigned status, const answer_head& head) = 0;
    /// The final head. `framing` is how the body is known where it comes from; the session chooses
    /// how it is framed towards the client. Returns where the body goes; finish() it in any case.
    virtual body_sink& send_head(const answer_head& head, http::body_framing framing,
                                 std::uint64_t length) = 0;
    bool head_sent() const { return head_sent_; }
    /// For the account: what the head to be sent says.
    void set_status(unsigned status) { status_ = status; }
    /// 101: from now on request_body() and the sink carry the bytes as they are.
    virtual body_sink& switch_protocols(const answer_head& head) = 0;
    /// Both directions have ended, and what came from the client has gone on.
    virtual void end_tunnel() = 0;
    /// To be called after writing to the sink outside of on_stream_ready().
    virtual void advance() = 0;
    /// Gives up: the client must not take what it got for the whole.
    virtual void abort(std::string_view why) = 0;

    // -- what is told of it afterwards ---------------------------------------------------------
    struct account {
        std::chrono::system_clock::time_point started{};
        time_point begun{};     ///< its first byte, or the end of the one before
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
