#pragma once
// Messages that start or control the stage actors. All stay within the process. The other messages
// are in limits/limit_messages.hpp, identity/jwks_messages.hpp and identity/credential_store.hpp.
//
//   exchange_ptr     to a stage actor: decide about this exchange or pass it on
//   targets_changed  to a supervisor, and from it to an upstream: reload the service's targets
//   session_closed   from a connection to itself: its socket is closed

#include <caf/atom.hpp>

namespace thalamus::actors {

using targets_changed = caf::atom_constant<caf::atom("targets")>;
using session_closed = caf::atom_constant<caf::atom("closed")>;

} // namespace thalamus::actors
