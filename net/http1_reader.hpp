#pragma once
// The receiving half of an HTTP/1.1 connection: collects heads, then hands out the decoded body.
// Belongs to one connection; one reactor's thread only.

#include "http/parse.hpp"
#include "net/body.hpp"
#include "net/buffer.hpp"
#include "net/socket.hpp"

#include <limits>
#include <optional>

namespace thalamus::net {

class http1_reader final : public body_source {
public:
    static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

    http1_reader(socket& from, buffer_pool& pool) : socket_(from), input_(pool) {}

    enum class head_state : unsigned char {
        wait,     ///< not complete yet
        complete, ///< head() has it
        refused,  ///< refusal() says why
        closed,   ///< the peer closed before the first byte
        cut_off   ///< the peer closed, or the connection broke, within the head
    };
    /// Looks for a complete head, reading as needed.
    head_state read_head(std::size_t limit);
    /// The bytes of the complete head; the caller copies what it keeps, then calls take_head().
    std::string_view head() const { return input_.data().substr(0, head_size_); }
    void take_head();
    const http::refusal& refusal() const { return refusal_; }
    /// Bytes of a message have arrived.
    bool started() const { return !input_.empty(); }
    /// Bytes received but not yet taken.
    std::size_t buffered() const { return input_.size(); }

    /// Starts the body of the head just taken. `limit` counts decoded bytes.
    void begin_body(http::body_framing framing, std::uint64_t length, std::uint64_t limit);
    /// From here on, hands out all bytes unchanged until the peer closes (a tunnel).
    void begin_raw() { begin_body(http::body_framing::close, 0, unlimited); }

    void limit(std::uint64_t body_bytes) { limit_ = body_bytes; }

    piece peek() override;
    void consume(std::size_t n) override;
    /// The body was read to its end.
    bool body_done() const { return done_; }
    /// All received bytes of the body were read, and more must follow.
    bool starved() const { return starved_; }
    /// Body bytes handed out so far.
    std::uint64_t body_bytes() const { return body_bytes_; }
    /// Between messages: no unexpected bytes have arrived. Reads if the kernel may hold some.
    bool quiet();

    /// All bytes received on this connection.
    std::uint64_t received() const { return received_; }
    /// Releases memory while nothing is expected.
    void rest() {
        if (input_.empty()) input_.release();
    }
    /// Reads and drops what the peer still sends, until `dropped` exceeds `most`. Returns false
    /// then, and if the peer has closed or the connection is broken.
    bool discard(std::uint64_t& dropped, std::uint64_t most);

private:
    socket::outcome fill();
    piece next_piece();

    socket& socket_;
    buffer input_;
    http::head_scanner scanner_;
    http::refusal refusal_;
    std::size_t head_size_ = 0;
    http::body_framing framing_ = http::body_framing::none;
    std::uint64_t remaining_ = 0; // of a Content-Length body
    std::uint64_t limit_ = unlimited;
    std::uint64_t body_bytes_ = 0, received_ = 0;
    std::optional<http::chunk_decoder> chunks_;
    std::string_view chunk_data_;             // decoded, in the front part of input_
    std::size_t chunk_skip_ = 0;              // input_ bytes before chunk_data_, consumed with it
    std::size_t chunk_tail_ = 0;              // input_ bytes after chunk_data_, consumed with it
    std::size_t wanted_ = buffer_pool::small; // size of the next read
    state fault_ = state::wait; // too_big, malformed or cut_off, once the body was: permanent
    bool done_ = true, starved_ = false;
};

} // namespace thalamus::net
