#pragma once
// Creates certificates for the nodes of a cluster, for users who have none: a CA and one
// certificate per node. EC P-256; they meet the requirements of tls_context.

#include <string>
#include <vector>

namespace thalamus::cluster {

/// Creates ca.pem and ca.key in `directory`, unless both exist, and NODE.pem and NODE.key for each
/// node, valid for the node's name, localhost, 127.0.0.1 and ::1. The CA is valid for ten years,
/// the nodes' certificates for two. Only the owner can read the keys. Returns the new files' paths.
/// @throws std::runtime_error that says what is wrong: a name that is not a host or file name, a
/// file that already exists (then nothing is written at all), half a CA, no permission
std::vector<std::string> make_certificates(const std::string& directory,
                                           const std::vector<std::string>& nodes);

} // namespace thalamus::cluster
