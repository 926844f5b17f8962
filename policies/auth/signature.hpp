#pragma once
// Verifies the signatures of JSON Web Tokens (RFC 7518 section 3, RFC 8037) with OpenSSL. Pure; any
// thread.

#include "policies/auth/algorithm.hpp"

#include <string_view>

struct evp_pkey_st;

namespace thalamus::auth {

/// @pre the key is of the algorithm's family. An ECDSA `signature` is r and s at full length; a PSS
/// salt must be as long as the hash.
bool is_signature(algorithm a, const evp_pkey_st& key, std::string_view text,
                  std::string_view signature);

/// The time does not depend on where the signatures differ.
bool is_mac(algorithm a, std::string_view secret, std::string_view text,
            std::string_view signature);

} // namespace thalamus::auth
