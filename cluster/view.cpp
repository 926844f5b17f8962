#include "cluster/view.hpp"

#include <algorithm>

namespace thalamus::cluster {

std::string_view to_text(member_state state) {
    switch (state) {
    case member_state::alive: return "alive";
    case member_state::suspect: return "suspect";
    case member_state::dead: break;
    }
    return "dead";
}

std::string_view to_text(store_state state) {
    switch (state) {
    case store_state::ok: return "ok";
    case store_state::degraded: return "degraded";
    case store_state::down: return "down";
    case store_state::memory: break;
    }
    return "memory";
}

const member* view::find(std::string_view name) const {
    const auto found = std::lower_bound(members.begin(), members.end(), name,
                                        [](const member& m, auto n) { return m.name < n; });
    return found != members.end() && found->name == name ? &*found : nullptr;
}

} // namespace thalamus::cluster
