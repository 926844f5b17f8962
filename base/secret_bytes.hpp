#pragma once
// Bytes that nobody can guess, for keys. Any thread.

#include <span>

namespace thalamus::base {

/// @throws std::runtime_error if OpenSSL has none
void fill_with_secret(std::span<unsigned char> bytes);

} // namespace thalamus::base
