#include "policies/auth/password_hash.hpp"

#include <crypt.h>
#include <openssl/crypto.h>

#include <memory>
#include <new>
#include <string_view>

namespace thalamus::auth {

password_verdict check_password(const std::string& password, const std::string& hash) {
    // crypt(3) would stop at the first NUL and not check the rest.
    if (password.find('\0') != password.npos) return password_verdict::wrong;
    // 32 KiB, zeroed as crypt_rn(3) requires.
    const std::unique_ptr<crypt_data> work(new (std::nothrow) crypt_data{});
    if (!work) return password_verdict::unable;
    const char* made =
        ::crypt_rn(password.c_str(), hash.c_str(), work.get(), static_cast<int>(sizeof *work));
    if (!made) return password_verdict::unable;
    const std::string_view text(made);
    const bool same =
        text.size() == hash.size() && CRYPTO_memcmp(text.data(), hash.data(), text.size()) == 0;
    return same ? password_verdict::right : password_verdict::wrong;
}

} // namespace thalamus::auth
