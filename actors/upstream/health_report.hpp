#pragma once
// What nodes tell each other about targets: whether they hold one for healthy (its prober's word
// counts for all, the others' is to be looked at), and what they eject for failing.

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
    std::string service, target; ///< by name, and as in target::text
    bool healthy = true;         ///< as the sender sees it
    /// Not the epoch: no word on probes; the sender ejects the target until then. A moment and not
    /// a length, for reports are told again to nodes that come later.
    std::chrono::system_clock::time_point ejected_until{};

    bool of_ejection() const { return ejected_until != std::chrono::system_clock::time_point{}; }
    /// Zero if that is over.
    std::chrono::milliseconds ejected_for(std::chrono::system_clock::time_point now) const;
};

inline constexpr cluster::topic<health_report> health_topic{1};

std::string to_payload(const health_report& what);
std::optional<health_report> from_payload(std::string_view payload,
                                          std::type_identity<health_report>);

/// What others have said is not well, by node. On the first reactor.
class health_views {
public:
    void hear(const std::string& by, const health_report& what, net::time_point now);
    /// Service, target and what is wrong: "unhealthy" or "ejected".
    struct trouble {
        std::string service, target;
        std::string_view what;
    };
    std::vector<trouble> of(const std::string& node, net::time_point now) const;
    /// Whether that was the node's last word on the target.
    bool unhealthy(const std::string& node, const std::string& service,
                   const std::string& target) const;
    /// Of the nodes in `known` only is anything kept.
    void keep(const std::set<std::string, std::less<>>& known);

private:
    static constexpr std::size_t most = 4096; // of all nodes
    struct state {
        bool healthy = true;
        net::time_point ejected_until{};
    };
    std::map<std::tuple<std::string, std::string, std::string>, state>
        states_; // node, service, target
};

} // namespace thalamus::actors
