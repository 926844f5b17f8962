#include "auth/api_keys.hpp"

#include "policies/digest.hpp"

#include <openssl/crypto.h>

namespace thalamus::auth {

namespace {

constexpr std::size_t longest_key = 4096;

} // namespace

api_keys::api_keys(const std::vector<config::consumer_settings>& consumers) {
    for (const auto& consumer : consumers) {
        const auto who =
            std::make_shared<const principal>(principal_of_consumer(consumer, "api_key"));
        for (const auto& digest : consumer.api_keys)
            keys_[policies::digest_hash{}(digest)].push_back({digest, who});
    }
}

std::optional<policies::sha256_bytes> api_keys::digest_of(std::string_view key) {
    if (key.size() > longest_key) return std::nullopt;
    return policies::sha256(key);
}

std::shared_ptr<const principal> api_keys::find(const policies::sha256_bytes& digest) const {
    const auto at = keys_.find(policies::digest_hash{}(digest));
    if (at == keys_.end()) return nullptr;
    std::shared_ptr<const principal> who;
    for (const auto& each : at->second)
        if (CRYPTO_memcmp(each.digest.data(), digest.data(), digest.size()) == 0) who = each.who;
    return who;
}

} // namespace thalamus::auth
