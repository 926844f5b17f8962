#pragma once
// Reports that nodes exchange about targets: whether the sender considers a target healthy, and
// that it has ejected a target because requests failed. The probe result of a target's prober
// applies to all nodes; the results of other nodes are only displayed.

#include "cluster/topics.hpp"
#include "net/timer.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace thalamus::actors {

struct health_report {
    std::string service, target; ///< the service's name; the target as in target::text
    bool healthy = true;         ///< in the sender's view
    /// If this is not the epoch, the report is not about probes: the sender ejects the target until
    /// then. It is a time and not a duration because nodes that join later receive the report too.
    std::chrono::system_clock::time_point ejected_until{};

    bool of_ejection() const { return ejected_until != std::chrono::system_clock::time_point{}; }
    /// The remaining time of the ejection; zero if it is over.
    std::chrono::milliseconds ejected_for(std::chrono::system_clock::time_point now) const;
};

inline constexpr cluster::topic<health_report> health_topic{1};

std::string to_payload(const health_report& what);
std::optional<health_report> from_payload(std::string_view payload,
                                          std::type_identity<health_report>);

/// The problems that other nodes have reported, by node. Used on the first reactor only.
class health_views {
public:
    void hear(const std::string& by, const health_report& what, net::time_point now);
    /// A target, its service, and the problem: "unhealthy" or "ejected".
    struct trouble {
        std::string service, target;
        std::string_view what;
    };
    std::vector<trouble> of(const std::string& node, net::time_point now) const;
    /// Whether the node's last probe report says that the target is unhealthy.
    bool unhealthy(const std::string& node, const std::string& service,
                   const std::string& target) const;
    /// Drops the reports from nodes that are not in `known`.
    void keep(const std::set<std::string, std::less<>>& known);

private:
    static constexpr std::size_t most = 4096; // for all nodes together
    struct state {
        bool healthy = true;
        net::time_point ejected_until{};
    };
    std::map<std::tuple<std::string, std::string, std::string>, state>
        states_; // node, service, target
};

} // namespace thalamus::actors
