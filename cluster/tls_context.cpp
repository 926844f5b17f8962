#include "cluster/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdexcept>

namespace thalamus::cluster {

namespace {

[[noreturn]] void fail(const std::string& action, const std::string& file,
                       const std::string& remedy) {
    throw std::runtime_error("cluster.tls: " + action + " " + file + ": " + last_tls_error() +
                             "; " + remedy);
}

} // namespace

void ssl_deleter::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
void ssl_deleter::operator()(SSL* session) const { SSL_free(session); }

std::string last_tls_error() {
    // The first error is the cause, but "system library" says less than the next error.
    std::string text;
    while (const auto code = ERR_get_error()) {
        const char* reason = ERR_SYSTEM_ERROR(code) ? nullptr : ERR_reason_error_string(code);
        char buffer[128];
        if (ERR_SYSTEM_ERROR(code)) {
            // glibc's is thread-safe for numbers that it knows.
            reason = ::strerror_r(ERR_GET_REASON(code), buffer, sizeof buffer);
        }
        if (text.empty() && reason) text = reason;
    }
    return text.empty() ? "unknown error" : text;
}

ssl_context make_tls_context(const config::tls_files& files) {
    ERR_clear_error();
    ssl_context made(SSL_CTX_new(TLS_method()), ssl_deleter{});
    if (!made) throw std::runtime_error("cluster.tls: " + last_tls_error());
    SSL_CTX* c = made.get();
    SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION);
    // Links are long-lived, so sessions are never resumed.
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(c, 0);
    SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                            SSL_MODE_RELEASE_BUFFERS);
    // Instead of a prompt at the terminal.
    SSL_CTX_set_default_passwd_cb(c, [](char*, int, int, void*) { return -1; });
    const std::string make_them = "`thalamus certs DIR NODE...` creates such files";
    if (SSL_CTX_use_certificate_chain_file(c, files.certificate.c_str()) != 1)
        fail("cannot use the certificate", files.certificate, make_them);
    if (SSL_CTX_use_PrivateKey_file(c, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
        fail("cannot use the key", files.key,
             "it must be the unencrypted PEM key of " + files.certificate);
    if (SSL_CTX_load_verify_locations(c, files.ca.c_str(), nullptr) != 1)
        fail("cannot use the CA's certificate", files.ca, make_them);
    SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return made;
}

} // namespace thalamus::cluster
