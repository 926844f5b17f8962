#pragma once
// Detects RSA keys that can be factored. Pure; any thread.

struct bignum_st;

namespace thalamus::auth {

/// Whether the modulus has the structure of keys from Infineon's library (Nemec et al., "The Return
/// of Coppersmith's Attack", 2017, section 2.3): modulo each small prime it is a power of 65537.
/// Another key has it with a probability below 2^-25.
bool made_by_infineon(const bignum_st* modulus);

} // namespace thalamus::auth
