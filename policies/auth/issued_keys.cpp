#include "policies/auth/issued_keys.hpp"

#include "base/hex.hpp"
#include "base/json_object.hpp"

#include <algorithm>
#include <mutex>

namespace thalamus::auth {

using nlohmann::json;
using std::chrono::seconds;
using std::chrono::system_clock;

std::string to_member(const issued_key& key) {
    std::string digest;
    base::append_hex(key.digest, digest);
    return json{{"id", key.id},
                {"consumer", key.consumer},
                {"sha256", digest},
                {"created", std::chrono::floor<seconds>(key.created.time_since_epoch()).count()},
                {"groups", key.groups}}
        .dump();
}

std::optional<issued_key> issued_key_of(std::string_view member) {
    const auto read = base::parse_object(member);
    if (!read) return std::nullopt;
    try {
        issued_key key;
        key.id = read->at("id").get<std::string>();
        key.consumer = read->at("consumer").get<std::string>();
        key.created = system_clock::time_point(seconds(
            std::clamp<std::int64_t>(read->at("created").get<std::int64_t>(), 0, 9'000'000'000)));
        key.groups = read->at("groups").get<std::vector<std::string>>();
        const auto digest = base::to_digest(read->at("sha256").get<std::string>());
        if (!digest || key.id.empty() || key.consumer.empty()) return std::nullopt;
        key.digest = *digest;
        key.member = member;
        return key;
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

void issued_keys::add(const issued_key& key) {
    const auto configured =
        std::ranges::find(consumers_, key.consumer, &config::consumer_settings::name);
    config::consumer_settings consumer;
    consumer.name = key.consumer;
    consumer.groups = configured != consumers_.end() ? configured->groups : key.groups;
    auto principal = std::make_shared<auth::principal>(principal_of_consumer(consumer, "api_key"));
    principal->key_id = key.id;
    const std::unique_lock lock(mutex_);
    keys_.insert_or_assign(key.digest, entry{key, std::move(principal)});
    by_id_.insert_or_assign(key.id, key.digest);
}

std::optional<issued_key> issued_keys::remove(std::string_view id) {
    const std::unique_lock lock(mutex_);
    const auto known = by_id_.find(std::string(id));
    if (known == by_id_.end()) return std::nullopt;
    const auto found = keys_.find(known->second);
    by_id_.erase(known);
    auto key = std::move(found->second.key);
    keys_.erase(found);
    return key;
}

std::shared_ptr<const principal> issued_keys::find(const base::sha256_bytes& digest) const {
    const std::shared_lock lock(mutex_);
    const auto found = keys_.find(digest);
    return found == keys_.end() ? nullptr : found->second.principal;
}

std::vector<issued_key> issued_keys::keys_of(std::string_view consumer) const {
    std::vector<issued_key> found;
    {
        const std::shared_lock lock(mutex_);
        for (const auto& [digest, e] : keys_)
            if (e.key.consumer == consumer) found.push_back(e.key);
    }
    std::ranges::sort(found, [](const auto& a, const auto& b) {
        return std::tie(a.created, a.id) < std::tie(b.created, b.id);
    });
    return found;
}

} // namespace thalamus::auth
