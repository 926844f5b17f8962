#include "policies/auth/api_keys.hpp"

namespace thalamus::auth {

namespace {

constexpr std::size_t longest_key = 4096;

} // namespace

api_keys::api_keys(const std::vector<config::consumer_settings>& consumers) {
    for (const auto& consumer : consumers) {
        const auto who =
            std::make_shared<const principal>(principal_of_consumer(consumer, "api_key"));
        for (const auto& digest : consumer.api_keys) keys_.emplace(digest, who);
    }
}

std::optional<base::sha256_bytes> api_keys::digest_of(std::string_view key) {
    if (key.size() > longest_key) return std::nullopt;
    return base::sha256(key);
}

std::shared_ptr<const principal> api_keys::find(const base::sha256_bytes& digest) const {
    const auto at = keys_.find(digest);
    return at == keys_.end() ? nullptr : at->second;
}

} // namespace thalamus::auth
