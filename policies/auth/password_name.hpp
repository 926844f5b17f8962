#pragma once
// A name for a user with a password, which says nothing of them: HMAC-SHA-256 with a key that this process
// made and shows nobody. It is the same for the same pair on every reactor, and worthless elsewhere; a plain
// hash of a password could be tried against a dictionary. Any thread.

#include "base/digest.hpp"
#include "policies/auth/basic_credentials.hpp"

namespace thalamus::auth {

using password_name = base::sha256_bytes;

/// @throws std::runtime_error if OpenSSL has no random bytes or no HMAC
password_name name_of(const basic_credentials& of);

} // namespace thalamus::auth
