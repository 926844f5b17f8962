#include "config/effective.hpp"

#include "base/hex.hpp"
#include "base/stable_hash.hpp"
#include "config/scalars.hpp"
#include "config/sections.hpp"
#include "config/suggest.hpp"

#include <nlohmann/json.hpp>

namespace thalamus::config {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t shortest_secret_part = 6; ///< shorter ones would mask unrelated text

std::string dump(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// The first 12 hex digits of a hash.
std::string version_of(std::string_view text) {
    std::string digits(16, '0');
    base::write_hex(base::fnv1a(text), digits.data());
    digits.resize(12);
    return digits;
}

/// `whole` includes secrets, for the hash.
json snapshot_json(const snapshot& from, bool whole) {
    json value;
    block_writer top(value, whole);
    write_gateway(top, from);
    write_cluster(top, from);
    write_store(top, from.store);
    write_consumers(top, from.consumers);
    write_auth(top, from.auth);
    write_services(top, from.services);
    write_rate_limits(top, from.rate_limits);
    write_routes(top, from);
    return value;
}

/// True for headers whose values are usually the gateway's credentials at its targets.
bool is_credential(const std::string& name) {
    const auto lower = to_lower(name);
    for (const auto* word :
         {"authorization", "cookie", "token", "secret", "password", "api-key", "apikey"})
        if (lower.find(word) != lower.npos) return true;
    return false;
}

bool holds_secret(const std::string& text, const secret_texts& secrets) {
    if (secrets.whole.contains(text)) return true;
    for (const auto& part : secrets.parts)
        if (part.size() >= shortest_secret_part && text.find(part) != text.npos) return true;
    return false;
}

void mask(json& value, const secret_texts& secrets) {
    for (auto& item : value) {
        if (item.is_structured()) mask(item, secrets);
        else if (item.is_string() && !item.get_ref<const std::string&>().empty())
            item = holds_secret(item, secrets) ? "***" : without_user(item);
    }
}

void mask_credentials(json& edits) {
    for (auto& [name, value] : edits.items())
        if (is_credential(name)) value = "***";
}

/// Replaces the values that contain ${HOSTNAME}.
void replace_node_texts(json& value, const std::set<std::string>& node_texts) {
    for (auto& item : value) {
        if (item.is_structured()) replace_node_texts(item, node_texts);
        else if (item.is_string() && node_texts.contains(item)) item = "${HOSTNAME}";
    }
}

/// Removes the settings that always differ from node to node.
void remove_own(json& value) {
    value.erase("node");
    for (auto& listener : value["listen"]) listener.erase("bind");
    value["admin"].erase("bind");
    if (auto& cluster = value["cluster"]; cluster.is_object())
        for (const auto* key : {"bind", "seeds", "tls"}) cluster.erase(key);
}

} // namespace

void set_effective(snapshot& into, const secret_texts& secrets,
                   const std::set<std::string>& node_texts) {
    auto value = snapshot_json(into, true);
    remove_own(value);
    if (!node_texts.empty()) replace_node_texts(value, node_texts);
    into.version = version_of(dump(value));

    value = snapshot_json(into, false);
    mask(value, secrets);
    for (auto& route : value["routes"])
        for (const auto* edit : {"set", "add"})
            if (route.contains("request_headers") && route["request_headers"].contains(edit))
                mask_credentials(route["request_headers"][edit]);
    into.effective = dump(value);
}

} // namespace thalamus::config
