#pragma once
// TLS between nodes, both sides with certificates of one CA: whoever has such a certificate is a node of
// the cluster, whatever name it is for (several nodes may share one, as replicas of a container do).
// Made once; read by the link broker's thread.

#include "config/snapshot.hpp"

#include <memory>
#include <openssl/ssl.h>
#include <string>

namespace thalamus::cluster {

struct ssl_deleter {
    void operator()(SSL_CTX* c) const { SSL_CTX_free(c); }
    void operator()(SSL* s) const { SSL_free(s); }
};
using ssl_context = std::shared_ptr<SSL_CTX>;
using ssl_session = std::unique_ptr<SSL, ssl_deleter>;

/// TLS 1.3 only. @throws std::runtime_error that names the file at fault and the remedy
ssl_context make_tls_context(const config::tls_files& files);

/// What OpenSSL has to say about its last failure on this thread; forgets it.
std::string last_tls_error();

} // namespace thalamus::cluster
