#include "policies/auth/signature.hpp"

#include "base/c_deleter.hpp"

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <array>
#include <memory>
#include <string>

namespace thalamus::auth {

namespace {

using base::c_deleter;

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// Kept, because OpenSSL takes longer to look an algorithm up than to hash a token.
const EVP_MD* hash_of(algorithm a) {
    static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    static const EVP_MD* const sha384 = EVP_MD_fetch(nullptr, "SHA384", nullptr);
    static const EVP_MD* const sha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
    switch (traits_of(a).bits) {
    case 256: return sha256;
    case 384: return sha384;
    case 512: return sha512;
    default: return nullptr;
    }
}

/// Converts r || s to DER for OpenSSL. Empty if the length does not match the curve.
std::string der_of(std::string_view signature, const EVP_PKEY& key) {
    const auto half = static_cast<std::size_t>(EVP_PKEY_get_bits(&key) + 7) / 8;
    if (signature.size() != 2 * half) return {};
    const std::unique_ptr<ECDSA_SIG, base::c_deleter<ECDSA_SIG_free>> pair(ECDSA_SIG_new());
    BIGNUM* const r = BN_bin2bn(bytes(signature), static_cast<int>(half), nullptr);
    BIGNUM* const s = BN_bin2bn(bytes(signature) + half, static_cast<int>(half), nullptr);
    if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return {};
    }
    unsigned char* out = nullptr;
    const int size = i2d_ECDSA_SIG(pair.get(), &out);
    if (size <= 0) return {};
    std::string der(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
    OPENSSL_free(out);
    return der;
}

/// Keys prepared for verifying with an algorithm: that takes OpenSSL nearly as long as verifying an
/// RSA signature. Kept for the keys that this thread used recently; each holds a reference to its
/// key.
class prepared_keys {
public:
    /// Null if OpenSSL fails.
    EVP_PKEY_CTX* get(algorithm a, const EVP_PKEY& key) {
        for (const auto& slot : slots_)
            if (slot.context && slot.id == a && EVP_PKEY_CTX_get0_pkey(slot.context.get()) == &key)
                return slot.context.get();
        auto& slot = slots_[next_++ % slots_.size()];
        slot = {a, prepare(a, key)};
        return slot.context.get();
    }

private:
    using context_ptr = std::unique_ptr<EVP_PKEY_CTX, base::c_deleter<EVP_PKEY_CTX_free>>;
    struct prepared {
        algorithm id{};
        context_ptr context;
    };
    static context_ptr prepare(algorithm a, const EVP_PKEY& key) {
        context_ptr made(EVP_PKEY_CTX_new_from_pkey(nullptr, const_cast<EVP_PKEY*>(&key), nullptr));
        const auto kind = traits_of(a).kind;
        bool good = made && EVP_PKEY_verify_init(made.get()) == 1 &&
                    EVP_PKEY_CTX_set_signature_md(made.get(), hash_of(a)) == 1;
        if (good && kind == family::rsa)
            good = EVP_PKEY_CTX_set_rsa_padding(made.get(), RSA_PKCS1_PADDING) == 1;
        if (good && kind == family::pss)
            good = EVP_PKEY_CTX_set_rsa_padding(made.get(), RSA_PKCS1_PSS_PADDING) == 1 &&
                   EVP_PKEY_CTX_set_rsa_pss_saltlen(made.get(), RSA_PSS_SALTLEN_DIGEST) == 1;
        return good ? std::move(made) : nullptr;
    }
    std::array<prepared, 8> slots_;
    std::size_t next_ = 0;
};

bool is_signature_of_hash(algorithm a, const EVP_PKEY& key, std::string_view text,
                          std::string_view signature) {
    thread_local prepared_keys keys;
    thread_local const std::unique_ptr<EVP_MD_CTX, base::c_deleter<EVP_MD_CTX_free>> state(
        EVP_MD_CTX_new());
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    auto* const ready = keys.get(a, key);
    return ready && state && EVP_DigestInit_ex2(state.get(), hash_of(a), nullptr) == 1 &&
           EVP_DigestUpdate(state.get(), text.data(), text.size()) == 1 &&
           EVP_DigestFinal_ex(state.get(), digest, &size) == 1 &&
           EVP_PKEY_verify(ready, bytes(signature), signature.size(), digest, size) == 1;
}

/// For algorithms that hash the text in their own way (EdDSA).
bool is_signature_of_text(const EVP_PKEY& key, std::string_view text, std::string_view signature) {
    const std::unique_ptr<EVP_MD_CTX, base::c_deleter<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    return context &&
           EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr,
                                const_cast<EVP_PKEY*>(&key)) == 1 &&
           EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text),
                            text.size()) == 1;
}

} // namespace

bool is_signature(algorithm a, const EVP_PKEY& key, std::string_view text,
                  std::string_view signature) {
    const auto kind = traits_of(a).kind;
    std::string der;
    if (kind == family::ecdsa) {
        der = der_of(signature, key);
        if (der.empty()) {
            ERR_clear_error();
            return false;
        }
        signature = der;
    } else if (signature.size() != static_cast<std::size_t>(EVP_PKEY_get_size(&key))) return false;
    const bool good = hash_of(a) ? is_signature_of_hash(a, key, text, signature)
                                 : is_signature_of_text(key, text, signature);
    if (!good) ERR_clear_error(); // must not look like an error of a TLS connection
    return good;
}

bool is_mac(algorithm a, std::string_view secret, std::string_view text,
            std::string_view signature) {
    unsigned char made[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (!HMAC(hash_of(a), secret.data(), static_cast<int>(secret.size()), bytes(text), text.size(),
              made, &size))
        return false;
    return signature.size() == size && CRYPTO_memcmp(made, signature.data(), size) == 0;
}

} // namespace thalamus::auth
