#include "policies/auth/api_keys.hpp"

namespace thalamus::auth {

namespace {

constexpr std::size_t longest_key = 4096;

} // namespace

api_keys::api_keys(const std::vector<config::consumer_settings>& consumers) {
    for (const auto& consumer : consumers) {
        const auto principal =
            std::make_shared<const auth::principal>(principal_of_consumer(consumer, "api_key"));
        for (const auto& digest : consumer.api_keys) keys_.emplace(digest, principal);
    }
}

std::optional<base::sha256_bytes> api_keys::digest_of(std::string_view key) {
    if (key.size() > longest_key) return std::nullopt;
    return base::sha256(key);
}

std::shared_ptr<const principal> api_keys::find(const base::sha256_bytes& digest) const {
    const auto found = keys_.find(digest);
    return found == keys_.end() ? nullptr : found->second;
}

} // namespace thalamus::auth
