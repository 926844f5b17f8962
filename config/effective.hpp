#pragma once
// The configuration as it took effect, defaults included, as JSON in the shape of the file.

#include "config/snapshot.hpp"

#include <set>
#include <string>

namespace thalamus::config {

/// What must not be shown.
struct secret_texts {
    std::set<std::string> whole; ///< values that come from ${file:...}, as they were read
    std::set<std::string> parts; ///< what the files held; masked inside of longer values too
};

/// Fills in `effective` (secrets are "***") and `version`, a hash over everything (secrets count) but
/// what each node of a cluster has its own of, so that all nodes with the same configuration have the
/// same one: `node`, addresses to bind, the cluster's seeds and tls, and `node_texts`, the values that
/// hold ${HOSTNAME}.
void describe(snapshot& into, const secret_texts& secrets, const std::set<std::string>& node_texts);

} // namespace thalamus::config
