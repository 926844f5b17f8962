#include "policies/auth/issued_keys.hpp"

#include "base/hex.hpp"
#include "base/json_object.hpp"

#include <algorithm>
#include <mutex>

namespace thalamus::auth {

using nlohmann::json;
using std::chrono::seconds;
using std::chrono::system_clock;

std::string to_member(const issued_key& what) {
    std::string digest;
    base::append_hex(what.digest, digest);
    return json{{"id", what.id},
                {"consumer", what.consumer},
                {"sha256", digest},
                {"created", std::chrono::floor<seconds>(what.created.time_since_epoch()).count()},
                {"groups", what.groups}}
        .dump();
}

std::optional<issued_key> issued_key_of(std::string_view member) {
    const auto read = base::parse_object(member);
    if (!read) return std::nullopt;
    try {
        issued_key what;
        what.id = read->at("id").get<std::string>();
        what.consumer = read->at("consumer").get<std::string>();
        what.created = system_clock::time_point(seconds(
            std::clamp<std::int64_t>(read->at("created").get<std::int64_t>(), 0, 9'000'000'000)));
        what.groups = read->at("groups").get<std::vector<std::string>>();
        const auto digest = base::to_digest(read->at("sha256").get<std::string>());
        if (!digest || what.id.empty() || what.consumer.empty()) return std::nullopt;
        what.digest = *digest;
        what.member = member;
        return what;
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

void issued_keys::add(const issued_key& what) {
    const auto configured =
        std::ranges::find(consumers_, what.consumer, &config::consumer_settings::name);
    config::consumer_settings consumer;
    consumer.name = what.consumer;
    consumer.groups = configured != consumers_.end() ? configured->groups : what.groups;
    auto who = std::make_shared<principal>(principal_of_consumer(consumer, "api_key"));
    who->key_id = what.id;
    const std::unique_lock lock(mutex_);
    keys_.insert_or_assign(what.digest, entry{what, std::move(who)});
    by_id_.insert_or_assign(what.id, what.digest);
}

std::optional<issued_key> issued_keys::remove(std::string_view id) {
    const std::unique_lock lock(mutex_);
    const auto known = by_id_.find(std::string(id));
    if (known == by_id_.end()) return std::nullopt;
    const auto at = keys_.find(known->second);
    by_id_.erase(known);
    auto what = std::move(at->second.key);
    keys_.erase(at);
    return what;
}

std::shared_ptr<const principal> issued_keys::find(const base::sha256_bytes& digest) const {
    const std::shared_lock lock(mutex_);
    const auto at = keys_.find(digest);
    return at == keys_.end() ? nullptr : at->second.who;
}

std::vector<issued_key> issued_keys::of(std::string_view consumer) const {
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
