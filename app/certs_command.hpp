#pragma once
// `thalamus certs`: certificates for the nodes of a cluster.

#include <iosfwd>
#include <string>
#include <vector>

namespace thalamus::app {

/// Makes them (cluster/certificates.hpp), the files' names to `out`, one a line. Returns the exit status:
/// 1 with the reason on `err`.
int certs_command(const std::string& directory, const std::vector<std::string>& nodes,
                  std::ostream& out, std::ostream& err);

} // namespace thalamus::app
