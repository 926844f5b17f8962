#pragma once
// Field names that header edits of a route must not change. Names are case-insensitive.

#include <string_view>

namespace thalamus::config {

/// Connection, framing and routing fields. An edit could make two parties read the same bytes
/// differently.
bool is_protected_field(std::string_view name);

/// Fields that pass the authenticated identity from the gateway to targets.
bool is_identity_field(std::string_view name);

/// True for a field in `copy` of `forward` that asserts an identity: clients must not set it. The
/// other fields are credentials, which targets verify.
bool is_assertion(std::string_view name);

/// Fields that a message has at most once (RFC 9110 section 5.3), as two lines could contradict.
bool is_single_field(std::string_view name);

} // namespace thalamus::config
