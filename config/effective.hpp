#pragma once
// The effective configuration, including defaults, as JSON with the structure of the file.

#include "config/snapshot.hpp"

#include <set>
#include <string>

namespace thalamus::config {

/// Texts that must not be shown.
struct secret_texts {
    std::set<std::string> whole; ///< values that contain ${file:...}, after substitution
    std::set<std::string> parts; ///< the contents of the files; masked inside longer values too
};

/// Sets `effective` (secrets are "***") and `version`. The version is a hash over everything,
/// including secrets, except the settings that differ from node to node: `node`, the addresses to
/// bind, seeds and tls of the cluster, and `node_texts`, the values that contain ${HOSTNAME}. So
/// all nodes with the same configuration have the same version.
void set_effective(snapshot& into, const secret_texts& secrets,
                   const std::set<std::string>& node_texts);

} // namespace thalamus::config
