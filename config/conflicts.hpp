#pragma once
// Finds routes of which two could win for one request. Precedence orders paths by shape, then hosts,
// then the number of conditions; what is equal in all three, shares a method and can hold at once
// has no winner. Grouped by hash, so that ten thousand routes cost milliseconds.

#include "config/snapshot.hpp"

#include <cstddef>
#include <vector>

namespace thalamus::config {

struct conflict {
    std::size_t later, earlier; ///< indexes of the routes
};

/// At most one per route: with the first of those before it. Null entries are left out.
std::vector<conflict> find_conflicts(const std::vector<const match_settings*>& routes);

} // namespace thalamus::config
