#include "policies/auth/password_name.hpp"

#include "base/secret_bytes.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace thalamus::auth {

password_name name_of(const basic_credentials& credentials) {
    static const auto key = [] {
        std::array<unsigned char, 32> made{};
        base::fill_with_secret(made);
        return made;
    }();
    // A user contains no colon, so no other pair gives the same text.
    const auto text = credentials.user + ':' + credentials.password;
    password_name made{};
    if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
              reinterpret_cast<const unsigned char*>(text.data()), text.size(), made.data(),
              nullptr))
        throw std::runtime_error("OpenSSL has no HMAC-SHA-256");
    return made;
}

} // namespace thalamus::auth
