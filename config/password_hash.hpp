#pragma once
// The password hashes that a configuration may contain: in the format of crypt(5), with a method
// that makes guessing slow, and with a bounded time and memory for each check. Pure; any thread.
// Accepted are bcrypt ($2b$, $2y$, $2a$), yescrypt ($y$), gost-yescrypt ($gy$), scrypt ($7$),
// sha512crypt ($6$) and sha256crypt ($5$).

#include "config/pattern.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace thalamus::config {

/// Limits for the user and the password that a client may send, in bytes. The cost of a sha512crypt
/// check grows with the password.
constexpr std::size_t longest_user = 255, longest_password = 255;

/// Limits for the cost of one check, about a second and 64 MiB: any client can trigger a check.
constexpr unsigned highest_bcrypt_cost = 14;
constexpr unsigned most_sha_rounds = 1'000'000;
constexpr std::uint64_t most_scrypt_memory = 64 * 1024 * 1024;

/// Returns the reason and remedy if the hash is not accepted. The text itself, which may be a
/// password, is never included.
std::optional<syntax_error> password_hash_fault(std::string_view hash);

/// Whether a client can send this user with HTTP Basic (RFC 7617 section 2): text without colons
/// and control characters.
bool is_basic_user(std::string_view user);

} // namespace thalamus::config
