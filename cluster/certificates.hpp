#pragma once
// Certificates for the nodes of a cluster, for those who have none: a CA and one certificate for each
// node. EC P-256; what they hold is what tls_context asks for.

#include <string>
#include <vector>

namespace thalamus::cluster {

/// Makes in `directory` ca.pem and ca.key, unless both are there already, and NODE.pem and NODE.key for
/// each node: valid for the node's name, localhost, 127.0.0.1 and ::1; the CA for ten years, nodes for two.
/// Keys are readable by their owner only. Returns the paths of the files made.
/// @throws std::runtime_error that says what is wrong: a name that is no host name or file name, a file
/// that is there already (nothing is overwritten, and then nothing is made), half a CA, no permission
std::vector<std::string> make_certificates(const std::string& directory,
                                           const std::vector<std::string>& nodes);

} // namespace thalamus::cluster
