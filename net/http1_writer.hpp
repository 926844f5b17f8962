#pragma once
// The sending half of an HTTP/1.1 connection: heads as bytes, bodies framed. Small pieces are held
// back until flush(), so that a head and a short body leave in one segment. Large pieces go
// straight from the reader's buffer to the kernel. Belongs to one connection; one reactor's thread
// only.

#include "http/head.hpp"
#include "net/body.hpp"
#include "net/buffer.hpp"
#include "net/socket.hpp"

namespace thalamus::net {

class http1_writer final : public body_sink {
public:
    http1_writer(socket& to, buffer_pool& pool) : socket_(to), pending_(pool) {}

    /// Queues bytes unchanged: a head or an interim response.
    void append(std::string_view bytes) { pending_.append(bytes); }
    /// The framing of the body after the head, with `length` as announced in Content-Length; `none`
    /// for a message without a body.
    void begin_body(http::body_framing framing, std::uint64_t length = 0);
    /// From here on, sends bytes unchanged; finish() closes the sending direction.
    void begin_raw();

    /// Sends a byte without effect, if the framing has one (a leading zero of the next chunk's
    /// size), to find out whether the peer is gone.
    void probe();

    std::size_t write(std::string_view bytes) override;
    void finish() override;
    void flush() override;
    bool failed() const override { return failed_; }

    bool drained() const override { return pending_.empty(); }
    /// finish() was called.
    bool finished() const { return finished_; }
    /// All bytes sent on this connection.
    std::uint64_t sent() const { return sent_; }

private:
    std::size_t write_through(std::string_view bytes);
    void count(std::size_t written);

    socket& socket_;
    buffer pending_;
    http::body_framing framing_ = http::body_framing::none;
    std::uint64_t left_ =
        0; // bytes announced (by Content-Length or the last chunk's size) but not yet written
    std::uint64_t sent_ = 0;
    bool failed_ = false, finished_ = true, raw_ = false, shut_ = false;
};

} // namespace thalamus::net
