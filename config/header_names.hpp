#pragma once
// Field names that a route's edits must leave to the gateway. Names in any case.

#include <string_view>

namespace thalamus::config {

/// Fields of a connection, of framing or of routing: an edit could make two parties read the same
/// bytes differently.
bool is_protected_field(std::string_view name);

/// Fields by which the gateway tells targets who was authenticated.
bool is_identity_field(std::string_view name);

/// Of what a service outside tells targets (`copy` of `forward`): it says who asks, and no client may. The
/// others are credentials, which targets verify.
bool is_assertion(std::string_view name);

/// Fields that a message has once at most (RFC 9110 5.3): a second line would contradict the first.
bool is_single_field(std::string_view name);

} // namespace thalamus::config
