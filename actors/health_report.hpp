#pragma once
// What nodes tell each other about targets: what a prober found, and what a node ejects for failing.

#include "cluster/node.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace thalamus::actors {

struct health_report {
    std::string service, target; ///< by name, and as in target::text
    bool healthy = true;         ///< by the sender's probes
    /// Above 0: no word on probes; the sender ejects the target for so long.
    std::chrono::milliseconds ejected_for{0};
};

inline constexpr cluster::topic<health_report> health_topic{1};

std::string to_payload(const health_report& what);
std::optional<health_report> from_payload(std::string_view payload,
                                          std::type_identity<health_report>);

} // namespace thalamus::actors
