#pragma once
// One connection between nodes, in the form that the middleman's stream requires: connecting, the
// TLS handshake if there is one, then bytes. It replaces caf::openssl's session, which was tried
// (CAF 0.17.6) and is unsuitable for a port that unauthenticated peers can reach: errors that one
// connection leaves in OpenSSL's queue end others, a silent client makes the thread spin, an
// unreadable certificate ends the process, and connecting blocks. Owned by its link_scribe; used on
// the middleman's thread only.

#include "cluster/tls_context.hpp"

#include <caf/io/network/rw_state.hpp>
#include <functional>

namespace thalamus::cluster {

class link_session {
public:
    using rw_state = caf::io::network::rw_state;

    /// `tls` may be null: bytes are sent unencrypted. @throws std::runtime_error if memory is
    /// missing
    link_session(int fd, const ssl_context& tls, bool outbound);

    /// Whether data may be sent.
    bool established() const { return stage_ == stage::established; }
    /// Why a read or write failed.
    const std::string& error() const { return error_; }

    /// Called once, within a read or write.
    std::function<void()> on_established;
    /// Called if the handshake cannot continue until the socket takes more.
    std::function<void()> on_blocked;

    // What caf::io::network::stream_impl requires of its policy.
    rw_state read_some(std::size_t& result, int fd, void* out, std::size_t size);
    rw_state write_some(std::size_t& result, int fd, const void* data, std::size_t size);
    bool must_read_more(int fd, std::size_t threshold);

    /// Tells the peer that nothing more follows, and ends both directions at once: reads and writes
    /// fail from now on, as they do after any failure.
    void end();
    bool ended() const { return ended_; }

private:
    enum class stage : unsigned char { connecting, handshake, established };
    enum class step : unsigned char { done, wants_read, wants_write, failed };

    step advance();
    step connected();
    step shake_hands();
    step tls_result(int result);
    rw_state fail(std::string reason);

    const int fd_;
    ssl_session tls_;
    stage stage_;
    bool ended_ = false;
    std::string error_;
};

} // namespace thalamus::cluster
