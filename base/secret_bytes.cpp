#include "base/secret_bytes.hpp"

#include <openssl/rand.h>

#include <stdexcept>

namespace thalamus::base {

void fill_with_secret(std::span<unsigned char> bytes) {
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("OpenSSL cannot provide random bytes");
}

} // namespace thalamus::base
