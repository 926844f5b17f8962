#pragma once
// Checks a password against a hash from `htpasswd -B` or `mkpasswd`, with crypt(3) of libxcrypt.
// Any thread but a reactor's: a check takes as long as the hash demands, at most a second
// (config/password_hash.hpp lists the hash methods).

#include <string>

namespace thalamus::auth {

enum class password_verdict : unsigned char {
    right,
    wrong,
    unable ///< unknown: out of memory, or crypt(3) does not support the method
};

/// A bcrypt hash covers only the first 72 bytes of a password.
password_verdict check_password(const std::string& password, const std::string& hash);

} // namespace thalamus::auth
