#include "tests/support/gateway_api.hpp"

#include "tests/support/http_text.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

namespace thalamus::test::gateway_api {
namespace {

using nlohmann::json;

/// What the manifests' Gateways and parentRefs say; the vectors hold the routes only.
const std::map<std::string, std::vector<std::string>> listeners_of_route = {
    {"httproute-listener-hostname-matching/backend-v1", {"bar.com"}},
    {"httproute-listener-hostname-matching/backend-v2", {"foo.bar.com"}},
    {"httproute-listener-hostname-matching/backend-v3", {"*.bar.com", "*.foo.com"}},
};
const std::vector<std::string> intersection_listeners = {"very.specific.com", "*.wildcard.io",
                                                         "*.anotherwildcard.io"};

bool host_fits(std::string_view pattern, std::string_view host) {
    return pattern == host || (pattern.starts_with("*.") && host.ends_with(pattern.substr(1)) &&
                               host.size() >= pattern.size());
}

/// Hosts that both a route and its listeners want. An empty result means: none in common.
std::vector<std::string> intersection(const std::vector<std::string>& route,
                                      const std::vector<std::string>& listeners) {
    if (route.empty()) return listeners;
    std::vector<std::string> both;
    for (auto& host : route)
        for (auto& listener : listeners) {
            if (host_fits(listener, host)) both.push_back(host);
            else if (host_fits(host, listener)) both.push_back(listener);
        }
    return both;
}

/// False if the route has no host in common with any listener.
bool hosts_of(const std::string& test, const json& route, std::vector<std::string>& hosts) {
    hosts = route.value("hostnames", std::vector<std::string>{});
    std::string name = route["name"];
    if (auto found = listeners_of_route.find(test + "/" + name); found != listeners_of_route.end())
        hosts = intersection(hosts, found->second);
    else if (test == "httproute-hostname-intersection" && !name.ends_with("-all"))
        hosts = intersection(hosts, intersection_listeners);
    else return true;
    return !hosts.empty();
}

std::string quoted(const std::string& text) { return json(text).dump(); }

std::string quoted_list(const json& list) { return list.is_null() ? "[]" : list.dump(); }

std::string edits(const json& filter) {
    std::string text = "{";
    for (auto* key : {"set", "add"})
        if (filter.contains(key)) {
            text += (text.size() > 1 ? ", " : "") + std::string(key) + ": {";
            bool first = true;
            for (auto& one : filter[key]) {
                text += (first ? "" : ", ") + one["name"].get<std::string>() + ": " +
                        quoted(one["value"]);
                first = false;
            }
            text += "}";
        }
    if (filter.contains("remove"))
        text += (text.size() > 1 ? ", remove: " : "remove: ") + quoted_list(filter["remove"]);
    return text + "}";
}

std::string cors(const json& filter) {
    std::string text = ", cors: {origins: " + quoted_list(filter["allowOrigins"]);
    const std::pair<const char*, const char*> lists[] = {
        {"methods", "allowMethods"}, {"headers", "allowHeaders"}, {"expose", "exposeHeaders"}};
    for (auto& [ours, theirs] : lists) // without methods, the one asked for is granted
        if (filter.contains(theirs) &&
            !(theirs == std::string("allowMethods") && filter[theirs][0] == "*"))
            text += ", " + std::string(ours) + ": " + quoted_list(filter[theirs]);
    if (filter.value("allowCredentials", false)) text += ", credentials: true";
    if (filter.contains("maxAge")) text += ", max_age: " + filter["maxAge"].dump() + "s";
    return text + "}";
}

/// The path that a ReplacePrefixMatch or ReplaceFullPath makes; `rest` if the prefix was longer.
std::string replaced_path(const json& path, bool rest) {
    if (path["type"] == "ReplaceFullPath") return path["replaceFullPath"];
    std::string prefix = path["replacePrefixMatch"];
    while (prefix.ends_with('/')) prefix.pop_back();
    return rest ? prefix + "/{rest}" : prefix.empty() ? "/" : prefix;
}

std::string redirect(const json& filter, const std::string& prefix, bool rest) {
    std::string path = rest ? prefix + "/{rest}" : prefix.empty() ? "/" : prefix;
    if (filter.contains("path")) path = replaced_path(filter["path"], rest);
    std::string to = filter.value("scheme", "http") + "://" + filter.value("hostname", "{host}");
    if (filter.contains("port")) to += ":" + filter["port"].dump();
    return ", redirect: {to: " + quoted(to + path) +
           ", status: " + std::to_string(filter.value("statusCode", 302)) + "}";
}

std::string rewrite(const json& filter, bool rest) {
    std::string text;
    if (filter.contains("hostname")) text = "host: " + quoted(filter["hostname"]);
    if (filter.contains("path"))
        text +=
            (text.empty() ? "" : ", ") + ("path: " + quoted(replaced_path(filter["path"], rest)));
    return ", rewrite: {" + text + "}";
}

std::vector<json> filters_of(const json& rule) {
    std::vector<json> all = rule.value("filters", std::vector<json>{});
    for (auto& backend : rule.value("backendRefs", json::array()))
        for (auto& one : backend.value("filters", json::array())) all.push_back(one);
    return all;
}

/// Browsers refuse the combination, so our language does.
bool has_open_credentials(const json& rule) {
    for (auto& filter : filters_of(rule))
        if (filter["type"] == "CORS" && filter["cors"]["allowOrigins"][0] == "*" &&
            filter["cors"].value("allowCredentials", false))
            return true;
    return false;
}

/// Everything of a route but its match. `prefix` is empty for the root.
std::string action(const json& rule, const std::string& prefix, bool rest,
                   const std::string& service) {
    std::string text;
    bool redirects = false;
    for (auto& filter : filters_of(rule)) {
        std::string type = filter["type"];
        if (type == "RequestHeaderModifier")
            text += ", request_headers: " + edits(filter["requestHeaderModifier"]);
        if (type == "ResponseHeaderModifier")
            text += ", response_headers: " + edits(filter["responseHeaderModifier"]);
        if (type == "CORS") text += cors(filter["cors"]);
        if (type == "URLRewrite") text += rewrite(filter["urlRewrite"], rest);
        if (type == "RequestRedirect") {
            text += redirect(filter["requestRedirect"], prefix, rest);
            redirects = true;
        }
    }
    if (auto timeout = rule.value("/timeouts/request"_json_pointer, ""); !timeout.empty())
        text += ", timeout: " + (timeout == "0s" ? "1h" : timeout);
    if (redirects) return text;
    return text + (service.empty() ? ", respond: {status: 500}" : ", service: " + service);
}

/// A service per backend, and one more for each time limit of a try.
std::string service_of(const json& rule, std::set<std::string>& services) {
    auto backends = rule.value("backendRefs", json::array());
    if (backends.empty()) return "";
    std::string backend = backends[0]["name"], name = backend, limit;
    if (auto timeout = rule.value("/timeouts/backendRequest"_json_pointer, ""); !timeout.empty()) {
        name += "-within-" + timeout;
        limit = ", timeout: " + (timeout == "0s" ? "1h" : timeout);
    }
    services.insert("  " + name + ": {targets: [\"http://@" + backend + "@\"]" + limit + "}\n");
    return name;
}

std::vector<std::pair<std::string, std::string>> pairs(const json& match, const char* key) {
    std::vector<std::pair<std::string, std::string>> all;
    for (auto& one : match.value(key, json::array())) {
        std::string name = one["name"];
        if (std::string(key) == "headers")
            std::transform(name.begin(), name.end(), name.begin(),
                           [](unsigned char c) { return std::tolower(c); });
        all.emplace_back(name, one["value"]);
    }
    return all;
}

using conditions = std::vector<std::pair<std::string, std::string>>;

bool exclude_each_other(const conditions& a, const conditions& b) {
    return std::any_of(a.begin(), a.end(), [&](auto& x) {
        return std::any_of(b.begin(), b.end(),
                           [&](auto& y) { return x.first == y.first && x.second != y.second; });
    });
}

bool share_host(const translated_route& a, const translated_route& b) {
    if (a.hosts.empty() && b.hosts.empty()) return true;
    return std::any_of(a.hosts.begin(), a.hosts.end(), [&](auto& host) {
        return std::count(b.hosts.begin(), b.hosts.end(), host);
    });
}

bool tie(const translated_route& a, const translated_route& b) {
    return a.path == b.path && share_host(a, b) &&
           a.headers.size() + a.query.size() == b.headers.size() + b.query.size() &&
           (a.method.empty() || b.method.empty() || a.method == b.method) &&
           !exclude_each_other(a.headers, b.headers) && !exclude_each_other(a.query, b.query);
}

void add_routes(const json& rule, const json& match, translated_route route,
                std::set<std::string>& services, std::vector<translated_route>& all) {
    auto path = match.value("path", json{{"type", "PathPrefix"}, {"value", "/"}});
    std::string value = path["value"];
    route.method = match.value("method", "");
    route.headers = pairs(match, "headers");
    route.query = pairs(match, "queryParams");
    auto add = [&] { // a rule that says the same again adds nothing
        auto same = [&](const translated_route& one) {
            return one.path == route.path && one.hosts == route.hosts &&
                   one.method == route.method && one.headers == route.headers &&
                   one.query == route.query && one.action == route.action;
        };
        if (std::none_of(all.begin(), all.end(), same)) all.push_back(route);
    };
    auto service = service_of(rule, services);
    if (path["type"] == "Exact") {
        route.path = value;
        route.action = action(rule, value, false, service);
        return add();
    }
    while (value.ends_with('/')) value.pop_back();
    route.path = value + "/{rest...}";
    route.action = action(rule, value, true, service);
    add();
    if (route.action.find("{rest}") == std::string::npos) return; // {rest...} may be empty
    route.path = value.empty() ? "/" : value;
    route.action = action(rule, value, false, service);
    add();
}

std::vector<translated_route> routes_of(const json& set_up, std::set<std::string>& services,
                                        bool with_refused) {
    std::vector<translated_route> all;
    std::size_t number = 0;
    for (auto& route : set_up["routes"]) {
        translated_route made;
        bool attached = hosts_of(set_up["test"], route, made.hosts);
        for (auto& rule : route["rules"]) {
            made.rule = number++;
            if (!attached || (!with_refused && has_open_credentials(rule))) continue;
            for (auto& match : rule.value("matches", json::array({json::object()})))
                add_routes(rule, match, made, services, all);
        }
    }
    return all;
}

std::string condition_text(const char* key, const conditions& all) {
    if (all.empty()) return "";
    std::string text;
    for (auto& [name, value] : all)
        text += (text.empty() ? "" : ", ") + name + ": " + quoted(value);
    return ", " + std::string(key) + ": {" + text + "}";
}

bool uses_filter(const json& set_up, const char* type) {
    return set_up["routes"].dump().find("\"type\":\"" + std::string(type) + "\"") !=
           std::string::npos;
}

} // namespace

translation translate(const json& set_up) {
    translation result;
    std::string test = set_up["test"];
    if (test == "httproute-listener-port-matching")
        result.not_sayable = "a route is not bound to one of several listeners";
    if (test == "httproute-backend-protocol-h2c")
        result.not_sayable = "protocol: http2 comes later";
    if (uses_filter(set_up, "RequestMirror")) result.not_sayable = "mirror comes later";
    if (!result.not_sayable.empty()) return result;
    std::set<std::string> services;
    for (auto& route : routes_of(set_up, services, false)) {
        auto fits = [&](const std::vector<translated_route>& layer) {
            return std::none_of(layer.begin(), layer.end(),
                                [&](auto& other) { return tie(route, other); });
        };
        // Into every layer that takes it, so that each is as complete as it can be.
        bool placed = false;
        for (auto& layer : result.layers)
            if (fits(layer)) {
                layer.push_back(route);
                placed = true;
            }
        if (!placed) result.layers.push_back({route});
    }
    for (auto& line : services) result.services += line;
    return result;
}

std::string configuration(const translation& from, std::size_t layer) {
    std::string text = from.services.empty() ? "" : "services:\n" + from.services;
    text += "routes:\n";
    std::size_t number = 0;
    for (auto& route : from.layers.at(layer)) {
        text += "  - {id: r" + std::to_string(number++) + ", match: {path: " + quoted(route.path);
        if (!route.hosts.empty()) text += ", hosts: " + json(route.hosts).dump();
        if (!route.method.empty()) text += ", methods: [" + route.method + "]";
        text += condition_text("headers", route.headers) + condition_text("query", route.query);
        text += "}" + route.action + "}\n";
    }
    return text;
}

bool matches(const translated_route& route, const json& request) {
    std::string target = request["path"], host = request.value("host", "");
    auto path = target.substr(0, target.find('?'));
    auto query = target.size() > path.size() ? "&" + target.substr(path.size() + 1) + "&" : "";
    host = host.substr(0, host.find(':'));
    auto prefix = route.path.substr(0, route.path.find("/{rest...}"));
    bool path_fits = prefix.size() == route.path.size()
                         ? path == route.path
                         : path == prefix || path.starts_with(prefix + "/");
    auto given = request.value("headers", json::object());
    return path_fits && (route.method.empty() || route.method == request.value("method", "GET")) &&
           (route.hosts.empty() || std::any_of(route.hosts.begin(), route.hosts.end(),
                                               [&](auto& one) { return host_fits(one, host); })) &&
           std::all_of(
               route.headers.begin(), route.headers.end(),
               [&](auto& wanted) {
                   return std::any_of(given.items().begin(), given.items().end(), [&](auto& one) {
                       return same_text(one.key(), wanted.first) && one.value() == wanted.second;
                   });
               }) &&
           std::all_of(route.query.begin(), route.query.end(), [&](auto& wanted) {
               return query.find("&" + wanted.first + "=" + wanted.second + "&") !=
                      std::string::npos;
           });
}

std::string not_sayable(const json& set_up, const json& one_case) {
    auto& request = one_case["request"];
    if (request.value("method", "") == "HEAD") return "HEAD is answered wherever GET is";
    std::set<std::string> ignored;
    std::vector<translated_route> fitting;
    for (auto& route : routes_of(set_up, ignored, true))
        if (matches(route, request)) fitting.push_back(route);
    for (auto& route : fitting)
        if (route.action.find("origins: [\"*\"]") != std::string::npos &&
            route.action.find("credentials: true") != std::string::npos)
            return "credentials for every origin are refused";
    for (auto& a : fitting)
        for (auto& b : fitting) {
            if (a.rule != b.rule && tie(a, b))
                return "the order of the list decides; ours knows no order";
            if (!a.method.empty() && b.method.empty() && a.path == b.path &&
                a.headers.size() + a.query.size() < b.headers.size() + b.query.size())
                return "a method outranks conditions; ours counts conditions only";
        }
    return "";
}

} // namespace thalamus::test::gateway_api
