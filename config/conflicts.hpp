#pragma once
// Finds pairs of routes that conflict: they have the same precedence and can match the same
// request. Precedence compares the shape of the path, then the host, then the number of conditions.
// Routes that are equal in all three conflict if they share a method and their conditions can hold
// together. Routes are grouped by hash, so that ten thousand of them take milliseconds.

#include "config/route_settings.hpp"

#include <cstddef>
#include <vector>

namespace thalamus::config {

struct conflict {
    std::size_t later, earlier; ///< indexes of the routes
};

/// At most one conflict per route: with the first conflicting route before it. Skips null entries.
std::vector<conflict> find_conflicts(const std::vector<const match_settings*>& routes);

} // namespace thalamus::config
