#include "config/effective_parts.hpp"

#include "base/percent_escape.hpp"
#include "config/addresses.hpp"
#include "config/scalars.hpp"

namespace thalamus::config {

namespace {

using json = nlohmann::ordered_json;

json addresses(const std::vector<endpoint>& list) {
    auto texts = json::array();
    for (const auto& address : list) texts.push_back(to_text(address));
    return texts;
}

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text)
        if (base::is_unreserved(c)) result += c;
        else base::append_escape(static_cast<unsigned char>(c), result);
    return result;
}

std::string redis_url(const redis_settings& redis) {
    std::string url = "redis://" + escaped(redis.user);
    if (!redis.password.empty()) url += ":" + escaped(redis.password);
    if (!redis.user.empty() || !redis.password.empty()) url += "@";
    return url + to_text(redis.addresses.at(0)) + "/" + std::to_string(redis.database);
}

json redis_json(const redis_settings& redis) {
    if (redis.type == redis_settings::topology::standalone) return redis_url(redis);
    json value;
    if (redis.type == redis_settings::topology::sentinel) {
        value["sentinels"] = addresses(redis.addresses);
        value["primary"] = redis.primary;
        value["database"] = redis.database;
    } else {
        value["cluster"] = addresses(redis.addresses);
    }
    value["user"] = redis.user;
    value["password"] = redis.password;
    return value;
}

std::string part_text(const limit_key_part& part) {
    switch (part.type) {
    case limit_key_part::kind::client_ip: return "client_ip";
    case limit_key_part::kind::route: return "route";
    case limit_key_part::kind::header: return "header:" + part.name;
    case limit_key_part::kind::claim: return "claim:" + part.name;
    default: return "consumer";
    }
}

std::string source_text(const credential_source& at) {
    switch (at.type) {
    case credential_source::kind::header: return "header:" + at.name;
    case credential_source::kind::cookie: return "cookie:" + at.name;
    case credential_source::kind::query: return "query:" + at.name;
    case credential_source::kind::basic: return "basic";
    case credential_source::kind::bearer: break;
    }
    return "bearer";
}

json sources_json(const std::vector<credential_source>& from) {
    auto texts = json::array();
    for (const auto& at : from) texts.push_back(source_text(at));
    return texts;
}

std::string hex(const std::array<unsigned char, 32>& bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const auto byte : bytes) text.append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    return text;
}

} // namespace

json consumer_json(const consumer_settings& consumer, bool whole) {
    json value{{"name", consumer.name}, {"groups", consumer.groups}};
    // Masked: if a key can be guessed, its hash confirms the guess.
    for (const auto& key : consumer.api_keys)
        value["api_keys"].push_back({{"sha256", whole ? hex(key) : "***"}});
    if (const auto& basic = consumer.basic)
        value["basic"] = {{"user", basic->user},
                          {"password", whole ? basic->password_hash : "***"}};
    return value;
}

json auth_json(const auth_settings& auth_method, bool whole) {
    if (const auto* keys = std::get_if<api_key_settings>(&auth_method.auth_method))
        return {{"api_key", {{"from", sources_json(keys->from)}}}};
    if (const auto* basic = std::get_if<basic_settings>(&auth_method.auth_method))
        return {{"basic", {{"realm", basic->realm}}}};
    if (const auto* issuer = std::get_if<introspection_settings>(&auth_method.auth_method))
        return {{"introspection",
                 {{"url", issuer->text},
                  {"client_id", issuer->client_id},
                  {"client_secret", whole ? issuer->client_secret : "***"},
                  {"cache", to_text(issuer->cache)},
                  {"timeout", to_text(issuer->timeout)},
                  {"from", sources_json(issuer->from)}}}};
    if (const auto* outside = std::get_if<forward_settings>(&auth_method.auth_method)) {
        json value{{"url", outside->text}, {"headers", json::array()}, {"copy", outside->copy}};
        for (const auto& header : outside->from) value["headers"].push_back(header.name);
        value["timeout"] = to_text(outside->timeout);
        return {{"forward", std::move(value)}};
    }
    const auto& jwt = std::get<jwt_settings>(auth_method.auth_method);
    json value{{"issuer", jwt.issuer}, {"audience", jwt.audience}, {"algorithms", jwt.algorithms}};
    if (jwt.jwks) {
        value["jwks"] = {{"url", jwt.jwks->text},
                         {"timeout", to_text(jwt.jwks->timeout)},
                         {"cooldown", to_text(jwt.jwks->cooldown)},
                         {"keep", to_text(jwt.jwks->keep)}};
    } else {
        value["keys"]["file"] = jwt.key_file;
        if (whole) value["keys"]["content"] = jwt.keys;
    }
    value["leeway"] = to_text(jwt.leeway);
    value["require_exp"] = jwt.require_exp;
    value["from"] = sources_json(jwt.from);
    return {{"jwt", std::move(value)}};
}

json require_json(const require_settings& required) {
    json value;
    const auto add = [&](const char* key, const std::vector<std::string>& texts) {
        if (!texts.empty()) value[key] = texts;
    };
    add("scopes", required.scopes);
    add("any_scope", required.any_scope);
    add("groups", required.groups);
    for (const auto& claim : required.claims) value["claims"][claim.name] = claim.accepted;
    for (const auto& range : required.ip) value["ip"].push_back(to_text(range));
    for (const auto& range : required.deny_ip) value["deny_ip"].push_back(to_text(range));
    return value;
}

json cluster_json(const std::optional<cluster_settings>& cluster) {
    if (!cluster) return "off";
    json value{{"bind", to_text(cluster->bind)}, {"seeds", addresses(cluster->seeds)}};
    value["tls"] = "off";
    if (const auto& tls = cluster->tls)
        value["tls"] = {{"certificate", tls->certificate}, {"key", tls->key}, {"ca", tls->ca}};
    value["heartbeat"] = to_text(cluster->heartbeat);
    value["suspect_after"] = to_text(cluster->suspect_after);
    value["dead_after"] = to_text(cluster->dead_after);
    return value;
}

json store_json(const store_settings& store) {
    json value;
    value["redis"] = store.redis ? redis_json(*store.redis) : json("off");
    value["timeout"] = to_text(store.timeout);
    value["prefix"] = store.prefix;
    return value;
}

void mask_store(json& store) {
    auto& redis = store["redis"];
    // If it is a URL, mask() hides user and password as in every URL.
    if (redis.is_object() && redis["password"] != "") redis["password"] = "***";
}

json rate_limit_json(const rate_limit_settings& limit) {
    constexpr const char* algorithms[] = {"token_bucket", "fixed_window", "sliding_window"};
    constexpr const char* missing[] = {"client_ip", "reject", "skip"};
    constexpr const char* failures[] = {"share", "open", "closed"};
    json value{{"key", json::array()}};
    for (const auto& part : limit.key) value["key"].push_back(part_text(part));
    value["rate"] = to_text(rate{limit.count, limit.period});
    if (limit.algorithm == limit_algorithm::token_bucket) value["burst"] = limit.burst;
    value["algorithm"] = algorithms[static_cast<int>(limit.algorithm)];
    value["on_missing_key"] = missing[static_cast<int>(limit.missing)];
    value["ipv6_prefix"] = limit.ipv6_prefix;
    value["on_store_failure"] = failures[static_cast<int>(limit.failure)];
    value["dry_run"] = limit.dry_run;
    return value;
}

} // namespace thalamus::config
