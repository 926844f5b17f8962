#pragma once
// The settings of the section cluster.
// Parts of the snapshot (config/snapshot.hpp): immutable after loading; any thread may read them.

#include "config/values.hpp"

#include <optional>
#include <string>
#include <vector>

namespace thalamus::config {

struct tls_files {
    std::string certificate, key, ca; ///< paths of PEM files
};

struct cluster_settings {
    endpoint bind{"0.0.0.0", 7946};
    /// A name means all its addresses; this node's own address is skipped.
    std::vector<endpoint> seeds;
    std::optional<tls_files> tls; ///< always present unless bind is loopback
    milliseconds heartbeat{500}, suspect_after{2000}, dead_after{6000};
};

} // namespace thalamus::config
