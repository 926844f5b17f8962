#pragma once
// `thalamus certs`: creates the certificates for the nodes of a cluster.

#include <iosfwd>
#include <string>
#include <vector>

namespace thalamus::app {

/// Creates the certificates (cluster/certificates.hpp) and prints the file names to `out`, one per
/// line. Returns the exit status: 1 on failure, with the reason on `err`.
int certs_command(const std::string& directory, const std::vector<std::string>& nodes,
                  std::ostream& out, std::ostream& err);

} // namespace thalamus::app
