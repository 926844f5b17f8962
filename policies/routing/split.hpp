#pragma once
// Chooses the service of a `split` for a request, in proportion to the weights. The choice for a
// key is the same on every node.

#include "config/route_settings.hpp"

#include <cstdint>

namespace thalamus::routing {

/// `key` is the stable_hash of the value of `split.on`. Returns an index into split.to.
/// Moving weight from one share to the next one moves only keys between these two.
std::size_t choose_share(const config::split_action& split, std::uint64_t key);

} // namespace thalamus::routing
