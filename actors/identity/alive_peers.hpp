#pragma once
// The other nodes that are alive, for actors that receive each new cluster view. Used by its owner
// only.

#include "cluster/view.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace thalamus::actors {

class alive_peers {
public:
    /// Returns the nodes that were not alive before.
    std::vector<std::string> update(const cluster::view& now) {
        std::vector<std::string> alive, fresh;
        for (const auto& m : now.members) {
            if (m.state != cluster::member_state::alive || m.name == now.self) continue;
            alive.push_back(m.name);
            if (std::ranges::find(names_, m.name) == names_.end()) fresh.push_back(m.name);
        }
        names_ = std::move(alive);
        return fresh;
    }
    const std::vector<std::string>& names() const { return names_; }

private:
    std::vector<std::string> names_;
};

} // namespace thalamus::actors
