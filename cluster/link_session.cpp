#include "cluster/link_session.hpp"

#include <cerrno>
#include <cstring>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>

namespace thalamus::cluster {

namespace {

std::string system_error_text(int error) { return std::system_category().message(error); }
bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

} // namespace

link_session::link_session(int fd, const ssl_context& tls, bool outbound)
    : fd_(fd),
      stage_(outbound ? stage::connecting
             : tls    ? stage::handshake
                      : stage::established) {
    if (!tls) return;
    ERR_clear_error();
    tls_.reset(SSL_new(tls.get()));
    if (!tls_ || SSL_set_fd(tls_.get(), fd) != 1) throw std::runtime_error(last_tls_error());
    if (outbound) SSL_set_connect_state(tls_.get());
    else SSL_set_accept_state(tls_.get());
}

/// Fails both directions: one alone would keep the socket open for as long as the peer likes.
link_session::rw_state link_session::fail(std::string reason) {
    if (error_.empty()) error_ = std::move(reason);
    ::shutdown(fd_, SHUT_RDWR);
    return rw_state::failure;
}

/// The outcome of an OpenSSL call.
link_session::step link_session::tls_result(int result) {
    switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_NONE: return step::done;
    case SSL_ERROR_WANT_READ: return step::wants_read;
    case SSL_ERROR_WANT_WRITE: return step::wants_write;
    case SSL_ERROR_ZERO_RETURN: fail("closed by the peer"); break;
    case SSL_ERROR_SYSCALL:
        fail(errno != 0 ? system_error_text(errno) : "closed by the peer");
        break;
    default: {
        const auto verdict = SSL_get_verify_result(tls_.get());
        auto reason = last_tls_error();
        if (verdict != X509_V_OK)
            reason += std::string(" (") + X509_verify_cert_error_string(verdict) + ")";
        fail("TLS: " + reason);
    }
    }
    return step::failed;
}

link_session::step link_session::connected() {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        fail(system_error_text(error));
        return step::failed;
    }
    sockaddr_storage peer;
    size = sizeof peer;
    if (::getpeername(fd_, reinterpret_cast<sockaddr*>(&peer), &size) != 0)
        return step::wants_write; // still in progress
    stage_ = tls_ ? stage::handshake : stage::established;
    return step::done;
}

link_session::step link_session::shake_hands() {
    // OpenSSL would mistake errors left by another connection for errors of this one.
    ERR_clear_error();
    errno = 0;
    const auto result = tls_result(SSL_do_handshake(tls_.get()));
    if (result == step::done) stage_ = stage::established;
    return result;
}

link_session::step link_session::advance() {
    auto result = step::done;
    if (stage_ == stage::connecting) result = connected();
    if (result == step::done && stage_ == stage::handshake) result = shake_hands();
    if (result == step::done && on_established) std::exchange(on_established, {})();
    return result;
}

link_session::rw_state link_session::read_some(std::size_t& result, int fd, void* out,
                                               std::size_t size) {
    result = 0;
    if (ended_ || !error_.empty()) return rw_state::failure;
    if (!established()) switch (advance()) {
        case step::done: break;
        case step::failed: return rw_state::failure;
        case step::wants_write:
            if (on_blocked) on_blocked();
            return rw_state::success;
        case step::wants_read: return rw_state::success;
        }
    if (!tls_) {
        const auto got = ::recv(fd, out, size, 0);
        if (got == 0) return fail("closed by the peer");
        if (got < 0) return would_block(errno) ? rw_state::success : fail(system_error_text(errno));
        result = static_cast<std::size_t>(got);
        return rw_state::success;
    }
    ERR_clear_error();
    errno = 0;
    const int got = SSL_read(tls_.get(), out, static_cast<int>(size));
    if (got > 0) result = static_cast<std::size_t>(got);
    else if (tls_result(got) == step::failed) return rw_state::failure;
    return rw_state::success;
}

link_session::rw_state link_session::write_some(std::size_t& result, int fd, const void* data,
                                                std::size_t size) {
    result = 0;
    if (ended_ || !error_.empty()) return rw_state::failure;
    if (!established()) switch (advance()) {
        case step::done: break;
        case step::failed: return rw_state::failure;
        case step::wants_write: return rw_state::success;
        // Not to be called again until data has arrived: the socket stays writable.
        case step::wants_read: return rw_state::indeterminate;
        }
    if (size == 0) return rw_state::indeterminate;
    if (!tls_) {
        const auto sent = ::send(fd, data, size, MSG_NOSIGNAL);
        if (sent < 0)
            return would_block(errno) ? rw_state::success : fail(system_error_text(errno));
        result = static_cast<std::size_t>(sent);
        return rw_state::success;
    }
    ERR_clear_error();
    errno = 0;
    const int sent = SSL_write(tls_.get(), data, static_cast<int>(size));
    if (sent > 0) result = static_cast<std::size_t>(sent);
    else if (tls_result(sent) == step::failed) return rw_state::failure;
    return rw_state::success;
}

bool link_session::must_read_more(int, std::size_t threshold) {
    // The socket does not announce data that OpenSSL has already decrypted.
    return tls_ && established() && static_cast<std::size_t>(SSL_pending(tls_.get())) >= threshold;
}

void link_session::end() {
    ended_ = true;
    on_established = {};
    on_blocked = {};
    if (tls_ && established()) {
        ERR_clear_error();
        SSL_shutdown(tls_.get());
    }
    ::shutdown(fd_, SHUT_RDWR);
}

} // namespace thalamus::cluster
