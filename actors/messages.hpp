#pragma once
// The messages between actors of a node. All stay within the process.
//
//   baton                       to a stage: decide about this exchange, or pass it on
//   targets_changed             to an upstream: read the service's targets anew
//   session_closed              a connection to itself: its socket is gone

#include <caf/atom.hpp>

namespace thalamus::actors {

using targets_changed = caf::atom_constant<caf::atom("targets")>;
using session_closed = caf::atom_constant<caf::atom("closed")>;

} // namespace thalamus::actors
