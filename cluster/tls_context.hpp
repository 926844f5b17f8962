#pragma once
// TLS between nodes, with certificates of one CA on both sides: every process with such a
// certificate is a node of the cluster, whatever name it is for (several nodes may share one, as
// replicas of a container do). Created once; read by the link broker's thread.

#include "config/cluster_settings.hpp"

#include <memory>
#include <openssl/types.h>
#include <string>

namespace thalamus::cluster {

struct ssl_deleter {
    void operator()(SSL_CTX* context) const;
    void operator()(SSL* session) const;
};
using ssl_context = std::shared_ptr<SSL_CTX>;
using ssl_session = std::unique_ptr<SSL, ssl_deleter>;

/// TLS 1.3 only. @throws std::runtime_error that names the faulty file and the remedy
ssl_context make_tls_context(const config::tls_files& files);

/// The text of OpenSSL's last failure on this thread; clears it.
std::string last_tls_error();

} // namespace thalamus::cluster
