#include "base/digest.hpp"

#include "base/c_deleter.hpp"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace thalamus::base {

sha256_bytes sha256(std::string_view text, std::string_view more) {
    // Fetched once: the lookup takes longer than the hash itself.
    static const std::unique_ptr<EVP_MD, c_deleter<EVP_MD_free>> algorithm(
        EVP_MD_fetch(nullptr, "SHA256", nullptr));
    thread_local const std::unique_ptr<EVP_MD_CTX, c_deleter<EVP_MD_CTX_free>> state(
        EVP_MD_CTX_new());
    sha256_bytes result;
    if (!algorithm || !state || EVP_DigestInit_ex2(state.get(), algorithm.get(), nullptr) != 1 ||
        EVP_DigestUpdate(state.get(), text.data(), text.size()) != 1 ||
        (!more.empty() && EVP_DigestUpdate(state.get(), more.data(), more.size()) != 1) ||
        EVP_DigestFinal_ex(state.get(), result.data(), nullptr) != 1)
        throw std::runtime_error("OpenSSL does not provide SHA-256");
    return result;
}

} // namespace thalamus::base
