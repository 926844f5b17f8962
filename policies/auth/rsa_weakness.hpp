#pragma once
// RSA keys of a kind that can be factored. Pure; any thread.

struct bignum_st;

namespace thalamus::auth {

/// The modulus has the structure of keys made by Infineon's library (Nemec et al., "The Return of
/// Coppersmith's Attack", 2017, section 2.3): modulo each small prime it is a power of 65537. One of
/// another origin has it with probability below 2^-25.
bool made_by_infineon(const bignum_st* modulus);

} // namespace thalamus::auth
