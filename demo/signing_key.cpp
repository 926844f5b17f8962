#include "demo/signing_key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <stdexcept>

namespace thalamus::demo {

namespace {

using nlohmann::json;

[[noreturn]] void fail(const std::string& action) {
    throw std::runtime_error("signing key: " + action);
}

const EVP_MD* hash_of(const std::string& algorithm) {
    if (algorithm == "EdDSA") return nullptr;
    if (algorithm.ends_with("256")) return EVP_sha256();
    if (algorithm.ends_with("384")) return EVP_sha384();
    if (algorithm.ends_with("512")) return EVP_sha512();
    fail("no such algorithm: " + algorithm);
}

std::string curve_of(const std::string& algorithm) {
    return algorithm == "ES256" ? "P-256" : algorithm == "ES384" ? "P-384" : "P-521";
}
std::size_t coordinate_of(const std::string& algorithm) {
    return algorithm == "ES256" ? 32 : algorithm == "ES384" ? 48 : 66;
}

std::string number(const EVP_PKEY* key, const char* name, int length = 0) {
    BIGNUM* value = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &value) != 1) fail(name);
    std::string bytes(static_cast<std::size_t>(length ? length : BN_num_bytes(value)), '\0');
    BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()),
                 static_cast<int>(bytes.size()));
    BN_free(value);
    return bytes;
}

/// DER to r || s, each at its full length (RFC 7518 section 3.4).
std::string raw_of(const std::string& der, std::size_t half) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* const pair = d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size()));
    if (!pair) fail("signature");
    std::string raw(2 * half, '\0');
    auto* const out = reinterpret_cast<unsigned char*>(raw.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, static_cast<int>(half));
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + half, static_cast<int>(half));
    ECDSA_SIG_free(pair);
    return raw;
}

} // namespace

signing_key::signing_key(std::string algorithm, std::string kid)
    : algorithm_(std::move(algorithm)),
      kid_(std::move(kid)) {
    hash_of(algorithm_);
    EVP_PKEY* made = nullptr;
    switch (algorithm_[0]) {
    case 'R':
    case 'P': made = EVP_RSA_gen(2048); break;
    case 'E':
        made = algorithm_ == "EdDSA" ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                     : EVP_EC_gen(curve_of(algorithm_).c_str());
        break;
    default:
        secret_.resize(64);
        RAND_bytes(reinterpret_cast<unsigned char*>(secret_.data()), 64);
        return;
    }
    if (!made) fail("no key for " + algorithm_);
    key_ = std::shared_ptr<EVP_PKEY>(made, EVP_PKEY_free);
}

signing_key::signing_key(std::string algorithm, std::string kid, std::string secret)
    : algorithm_(std::move(algorithm)),
      kid_(std::move(kid)),
      secret_(std::move(secret)) {}

std::string signing_key::pem() const {
    BIO* const out = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(out, key_.get());
    char* text = nullptr;
    const auto size = BIO_get_mem_data(out, &text);
    std::string pem(text, static_cast<std::size_t>(size));
    BIO_free(out);
    return pem;
}

json signing_key::jwk() const {
    json out{{"kid", kid_}, {"use", "sig"}, {"alg", algorithm_}};
    if (!key_) {
        out["kty"] = "oct";
        out["k"] = base64url(secret_);
    } else if (algorithm_ == "EdDSA") {
        std::string x(32, '\0');
        std::size_t size = x.size();
        EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(x.data()), &size);
        out.update({{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", base64url(x)}});
    } else if (algorithm_[0] == 'E') {
        const auto length = static_cast<int>(coordinate_of(algorithm_));
        out.update({{"kty", "EC"},
                    {"crv", curve_of(algorithm_)},
                    {"x", base64url(number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, length))},
                    {"y", base64url(number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, length))}});
    } else {
        out.update({{"kty", "RSA"},
                    {"n", base64url(number(key_.get(), OSSL_PKEY_PARAM_RSA_N))},
                    {"e", base64url(number(key_.get(), OSSL_PKEY_PARAM_RSA_E))}});
    }
    return out;
}

std::string signing_key::sign(const std::string& text) const {
    const auto* const in = reinterpret_cast<const unsigned char*>(text.data());
    std::string out(1024, '\0');
    auto* const out_bytes = reinterpret_cast<unsigned char*>(out.data());
    if (!key_) {
        unsigned size = 0;
        HMAC(hash_of(algorithm_), secret_.data(), static_cast<int>(secret_.size()), in, text.size(),
             out_bytes, &size);
        return out.substr(0, size);
    }
    std::size_t size = out.size();
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    EVP_PKEY_CTX* options = nullptr;
    bool good =
        EVP_DigestSignInit(context, &options, hash_of(algorithm_), nullptr, key_.get()) == 1;
    if (good && algorithm_[0] == 'P')
        good = EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1;
    good = good && EVP_DigestSign(context, out_bytes, &size, in, text.size()) == 1;
    EVP_MD_CTX_free(context);
    if (!good) fail("cannot sign");
    out.resize(size);
    const bool elliptic = algorithm_[0] == 'E' && algorithm_ != "EdDSA";
    return elliptic ? raw_of(out, coordinate_of(algorithm_)) : out;
}

std::string signing_key::token(const json& claims, const json& more) const {
    json head{{"alg", algorithm_}, {"typ", "JWT"}, {"kid", kid_}};
    head.update(more);
    const auto text = base64url(head.dump()) + "." + base64url(claims.dump());
    return text + "." + base64url(sign(text));
}

} // namespace thalamus::demo
