#pragma once
// What may stand for a password in a configuration: a hash as crypt(5) writes it, of a method that makes
// guessing slow, and whose check costs a bounded time and memory. Pure; any thread.
// Taken are bcrypt ($2b$, $2y$, $2a$), yescrypt ($y$), gost-yescrypt ($gy$), scrypt ($7$), sha512crypt ($6$)
// and sha256crypt ($5$).

#include "config/pattern.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace thalamus::config {

/// Of the user and of the password that a client may send, in bytes. What a check of sha512crypt costs
/// grows with the password.
constexpr std::size_t longest_user = 255, longest_password = 255;

/// Bounds of what one check may cost, about a second and 64 MiB: a client chooses when it is spent.
constexpr unsigned highest_bcrypt_cost = 14;
constexpr unsigned most_sha_rounds = 1'000'000;
constexpr std::uint64_t most_scrypt_memory = 64 * 1024 * 1024;

/// Why the text is not taken, and the remedy; nothing if it is. Never with the text in it, which may be a
/// password.
std::optional<syntax_error> password_hash_fault(std::string_view hash);

/// Whether a client can send this user by HTTP Basic (RFC 7617 section 2): text without a colon and controls.
bool is_basic_user(std::string_view user);

} // namespace thalamus::config
