#pragma once
// Cryptographically secure random bytes, for keys. Any thread.

#include <span>

namespace thalamus::base {

/// @throws std::runtime_error if OpenSSL cannot provide them
void fill_with_secret(std::span<unsigned char> bytes);

} // namespace thalamus::base
