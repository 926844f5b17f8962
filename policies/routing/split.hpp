#pragma once
// Which service of a `split` gets a request: the same for the same key on every node, in proportion
// to the weights.

#include "config/snapshot.hpp"

#include <cstdint>

namespace thalamus::routing {

/// `key` is the stable_hash of what `split.on` names. Returns an index into split.to.
/// Moving weight from one share to its neighbour moves only the keys between them.
std::size_t choose_share(const config::split_action& split, std::uint64_t key);

} // namespace thalamus::routing
