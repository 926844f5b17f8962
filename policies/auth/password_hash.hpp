#pragma once
// Checks a password against a hash as `htpasswd -B` and `mkpasswd` make them, by crypt(3) of libxcrypt. Any
// thread, but never a reactor's: it takes as long as the hash was made to take, a second at most
// (config/password_hash.hpp, which says what hashes there are).

#include <string>

namespace thalamus::auth {

enum class password_verdict : unsigned char {
    right,
    wrong,
    unable ///< no memory for it, or crypt(3) does not know the method: nobody can say
};

/// Of a bcrypt hash only the first 72 bytes of a password count.
password_verdict check_password(const std::string& password, const std::string& hash);

} // namespace thalamus::auth
