#include "config/effective.hpp"

#include "config/addresses.hpp"
#include "config/effective_parts.hpp"
#include "config/scalars.hpp"
#include "config/suggest.hpp"

#include <nlohmann/json.hpp>

namespace thalamus::config {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t longest_shown_body = 4096;
constexpr std::size_t shortest_secret_part = 6; ///< shorter ones would mask unrelated text

std::string dump(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// FNV-1a, 64 bits.
std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const unsigned char byte : text) hash = (hash ^ byte) * 0x100000001b3;
    return hash;
}

std::string first_hex_digits(std::uint64_t hash) {
    std::string text;
    for (int shift = 60; shift >= 16; shift -= 4) text += "0123456789abcdef"[(hash >> shift) & 15];
    return text;
}

json statuses(const std::vector<status_range>& ranges) {
    auto list = json::array();
    for (const auto& range : ranges) list.push_back(to_text(range));
    return list;
}

std::string source_text(const hash_source& source) {
    switch (source.type) {
    case hash_source::kind::header: return "header:" + source.name;
    case hash_source::kind::cookie: return "cookie:" + source.name;
    case hash_source::kind::principal: return "principal";
    case hash_source::kind::path: return "path";
    default: return "client_ip";
    }
}

json service_json(const service_settings& service) {
    json value;
    value["targets"] = json::array();
    for (const auto& target : service.targets)
        value["targets"].push_back({{"url", target.url}, {"weight", target.weight}});
    constexpr const char* balances[] = {"least_requests", "round_robin", "hash"};
    value["balance"] = balances[static_cast<int>(service.balance)];
    value["hash_on"] = source_text(service.hash_on);
    value["connect_timeout"] = to_text(service.connect_timeout);
    value["timeout"] = to_text(service.timeout);
    value["connections"] = {{"max", service.max_connections},
                            {"idle", to_text(service.idle)},
                            {"per_target", service.per_target}};
    value["host"] = service.host == host_policy::preserve ? "preserve"
                    : service.host == host_policy::target ? "target"
                                                          : service.host_literal;
    value["health"] = "off";
    if (const auto& health = service.health)
        value["health"] = {{"path", health->path},
                           {"interval", to_text(health->interval)},
                           {"timeout", to_text(health->timeout)},
                           {"healthy_after", health->healthy_after},
                           {"unhealthy_after", health->unhealthy_after},
                           {"status", statuses(health->status)}};
    value["outlier"] = "off";
    if (const auto& outlier = service.outlier)
        value["outlier"] = {{"consecutive_failures", outlier->consecutive_failures},
                            {"eject_for", to_text(outlier->eject_for)},
                            {"max_ejected", std::to_string(outlier->max_ejected) + "%"}};
    value["retry"] = "off";
    if (const auto& retry = service.retry) {
        auto on = statuses(retry->on_status);
        if (retry->on_timeout) on.insert(on.begin(), "timeout");
        if (retry->on_reset) on.insert(on.begin(), "reset");
        if (retry->on_connect) on.insert(on.begin(), "connect");
        value["retry"] = {{"attempts", retry->attempts},
                          {"on", on},
                          {"backoff", to_text(retry->backoff)},
                          {"budget", std::to_string(retry->budget) + "%"},
                          {"methods", retry->methods}};
    }
    return value;
}

json match_json(const match_settings& match) {
    json value{{"path", match.path.source}};
    if (!match.methods.empty()) value["methods"] = match.methods;
    if (!match.hosts.empty()) value["hosts"] = match.hosts;
    for (const auto& header : match.headers) value["headers"][header.name] = header.value;
    for (const auto& query : match.query) value["query"][query.name] = query.value;
    return value;
}

json edits_json(const header_edits& edits) {
    json value;
    for (const auto& edit : edits.set) value["set"][edit.name] = edit.value.source;
    for (const auto& edit : edits.add) value["add"][edit.name].push_back(edit.value.source);
    if (!edits.remove.empty()) value["remove"] = edits.remove;
    return value;
}

/// Writes the key and value of the action. `whole` includes bodies of any length, for the hash.
struct action_json {
    const std::vector<service_settings>& services;
    json& route;
    bool whole;

    void operator()(const service_action& action) const {
        route["service"] = services[action.service].name;
    }
    void operator()(const split_action& action) const {
        route["split"] = {{"on", source_text(action.on)}, {"to", json::array()}};
        for (const auto& share : action.to)
            route["split"]["to"].push_back(
                {{"service", services[share.service].name}, {"weight", share.weight}});
    }
    void operator()(const respond_action& action) const {
        json value{{"status", action.status}};
        for (const auto& [name, text] : action.headers) value["headers"][name].push_back(text);
        if (whole || (action.body.size() <= longest_shown_body && is_utf8(action.body)))
            value["text"] = action.body;
        else value["body_bytes"] = action.body.size();
        route["respond"] = std::move(value);
    }
    void operator()(const redirect_action& action) const {
        route["redirect"] = {{"to", action.to.source}, {"status", action.status}};
    }
};

json route_json(const snapshot& from, const route_settings& route, bool whole) {
    json value{{"id", route.id}, {"match", match_json(route.match)}};
    if (route.allow_encoded_slash) value["allow_in_path"].push_back("encoded_slash");
    if (route.allow_semicolon) value["allow_in_path"].push_back("semicolon");
    if (!route.rewrite.strip_prefix.empty())
        value["rewrite"]["strip_prefix"] = route.rewrite.strip_prefix;
    if (route.rewrite.path) value["rewrite"]["path"] = route.rewrite.path->source;
    if (route.rewrite.host) value["rewrite"]["host"] = route.rewrite.host->source;
    if (!route.request_headers.empty())
        value["request_headers"] = edits_json(route.request_headers);
    if (!route.response_headers.empty())
        value["response_headers"] = edits_json(route.response_headers);
    if (const auto& cors = route.cors)
        value["cors"] = {{"origins", cors->origins},         {"methods", cors->methods},
                         {"headers", cors->headers},         {"expose", cors->expose},
                         {"credentials", cors->credentials}, {"max_age", to_text(cors->max_age)}};
    value["timeout"] = to_text(route.timeout.value_or(from.timeouts.request));
    value["body"] = size_to_text(route.body.value_or(from.limits.body));
    for (const auto auth_method : route.auth) value["auth"].push_back(from.auth[auth_method].name);
    if (route.auth_optional) value["auth_optional"] = true;
    if (route.hide_credentials) value["hide_credentials"] = true;
    if (!route.require.empty()) value["require"] = require_json(route.require);
    for (const auto limit : route.rate_limits)
        value["rate_limit"].push_back(from.rate_limits[limit].name);
    std::visit(action_json{from.services, value, whole}, route.action);
    return value;
}

json gateway_json(const snapshot& from) {
    constexpr const char* levels[] = {"trace", "debug", "info", "warn", "error", "off"};
    const auto& [header, body_idle, idle, request, tunnel_idle, drain] = from.timeouts;
    json value;
    value["node"] = {{"name", from.node.name}, {"reactors", from.node.reactors}};
    value["listen"] = json::array();
    for (const auto& listener : from.listen)
        value["listen"].push_back({{"bind", to_text(listener.bind)}});
    value["admin"] = {{"bind", to_text(from.admin.bind)}, {"token", from.admin.token}};
    value["trusted_proxies"] = json::array();
    for (const auto& range : from.trusted_proxies)
        value["trusted_proxies"].push_back(to_text(range));
    value["limits"] = {{"header_bytes", size_to_text(from.limits.header_bytes)},
                       {"header_count", from.limits.header_count},
                       {"answer_header_bytes", size_to_text(from.limits.answer_header_bytes)},
                       {"body", size_to_text(from.limits.body)},
                       {"connections", from.limits.connections},
                       {"requests_per_connection", from.limits.requests_per_connection}};
    value["timeouts"] = {{"header", to_text(header)},
                         {"body_idle", to_text(body_idle)},
                         {"idle", to_text(idle)},
                         {"request", to_text(request)},
                         {"tunnel_idle", to_text(tunnel_idle)},
                         {"drain", to_text(drain)}};
    value["log"] = {{"level", levels[static_cast<int>(from.log.level)]},
                    {"access",
                     {{"to", from.log.access_to},
                      {"format", from.log.format == access_format::json ? "json" : "common"}}}};
    return value;
}

json snapshot_json(const snapshot& from, bool whole) {
    auto value = gateway_json(from);
    value["cluster"] = cluster_json(from.cluster);
    value["store"] = store_json(from.store);
    value["consumers"] = json::array();
    value["auth"] = json::object();
    for (const auto& consumer : from.consumers)
        value["consumers"].push_back(consumer_json(consumer, whole));
    for (const auto& auth_method : from.auth)
        value["auth"].get_ref<json::object_t&>().push_back(
            {auth_method.name, auth_json(auth_method, whole)});
    value["services"] = json::object();
    value["rate_limits"] = json::object();
    // push_back() avoids the linear search of operator[], which would make this quadratic.
    for (const auto& service : from.services)
        value["services"].get_ref<json::object_t&>().push_back(
            {service.name, service_json(service)});
    for (const auto& limit : from.rate_limits)
        value["rate_limits"].get_ref<json::object_t&>().push_back(
            {limit.name, rate_limit_json(limit)});
    value["routes"] = json::array();
    for (const auto& route : from.routes) value["routes"].push_back(route_json(from, route, whole));
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

void describe(snapshot& into, const secret_texts& secrets,
              const std::set<std::string>& node_texts) {
    auto value = snapshot_json(into, true);
    remove_own(value);
    if (!node_texts.empty()) replace_node_texts(value, node_texts);
    into.version = first_hex_digits(hash_of(dump(value)));

    value = snapshot_json(into, false);
    if (!into.admin.token.empty()) value["admin"]["token"] = "***";
    mask_store(value["store"]);
    mask(value, secrets);
    for (auto& route : value["routes"])
        for (const auto* edit : {"set", "add"})
            if (route.contains("request_headers") && route["request_headers"].contains(edit))
                mask_credentials(route["request_headers"][edit]);
    into.effective = dump(value);
}

} // namespace thalamus::config
