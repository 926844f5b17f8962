#include "policies/auth/rsa_weakness.hpp"

#include <openssl/bn.h>

namespace thalamus::auth {

namespace {

constexpr unsigned generator = 65537, largest_prime = 167; // the 39 primes for the shortest keys

constexpr bool is_prime(unsigned n) {
    for (unsigned d = 2; d * d <= n; ++d)
        if (n % d == 0) return false;
    return n > 1;
}

bool is_power_of_generator(unsigned remainder, unsigned prime) {
    unsigned power = 1;
    do {
        if (power == remainder) return true;
        power = power * (generator % prime) % prime;
    } while (power != 1);
    return false;
}

} // namespace

bool made_by_infineon(const BIGNUM* modulus) {
    for (unsigned prime = 3; prime <= largest_prime; prime += 2)
        if (is_prime(prime) &&
            !is_power_of_generator(static_cast<unsigned>(BN_mod_word(modulus, prime)), prime))
            return false;
    return true;
}

} // namespace thalamus::auth
