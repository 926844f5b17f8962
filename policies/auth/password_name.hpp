#pragma once
// An opaque name for a user and password: HMAC-SHA-256 with a secret key that this process makes.
// It is the same for the same pair on every reactor, and useless elsewhere; a plain hash of a
// password could be attacked with a dictionary. Any thread.

#include "base/digest.hpp"
#include "policies/auth/basic_credentials.hpp"

namespace thalamus::auth {

using password_name = base::sha256_bytes;

/// @throws std::runtime_error if OpenSSL has no random bytes or no HMAC
password_name name_of(const basic_credentials& credentials);

} // namespace thalamus::auth
