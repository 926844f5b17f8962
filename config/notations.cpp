// Values in several sections: addresses, hash sources, statuses, methods, header names, text lists.

#include "config/addresses.hpp"
#include "config/sections.hpp"

#include <algorithm>

namespace thalamus::config {

std::optional<endpoint> read_bind(block& from) {
    auto& in = from.in();
    const auto found = from.find("bind");
    const auto text = found ? in.text(*found) : std::nullopt;
    if (!text) return std::nullopt;
    auto address = in.parsed(*found, to_endpoint(*text));
    if (!address) return std::nullopt;
    if (to_lower(address->host) == "localhost") address->host = "127.0.0.1";
    if (!to_ip(address->host)) {
        in.fail(*found, in.shown(*found) + ": a bind address must be an IP address",
                "as in 0.0.0.0:8080, 127.0.0.1:8080 or [::1]:8080");
        return std::nullopt;
    }
    return address;
}

bool overlap(const endpoint& a, const endpoint& b) {
    const auto first = to_ip(a.host), second = to_ip(b.host);
    if (a.port != b.port || a.port == 0 || !first || !second) return false;
    return *first == *second || (base::is_ipv4(*first) == base::is_ipv4(*second) &&
                                 (is_unspecified(*first) || is_unspecified(*second)));
}

std::optional<endpoint> read_server(reader& in, const cursor& at, std::uint16_t default_port) {
    const auto text = in.text(at);
    if (!text) return std::nullopt;
    const auto example = "as in host:" + std::to_string(default_port);
    if (text->find('@') != text->npos) { // not shown: it may hold a password
        in.fail(at, "an address cannot contain a user or password", example);
        return std::nullopt;
    }
    auto address = in.parsed(at, to_endpoint(*text, default_port));
    if (!address) return std::nullopt;
    const auto ip = to_ip(address->host);
    if (address->port == 0 || (ip && is_unspecified(*ip))) {
        in.fail(at, in.shown(at) + " is not an address to connect to", example);
        return std::nullopt;
    }
    return address;
}

std::vector<std::string> read_texts(block& from, std::string_view key, const std::string& example) {
    auto& in = from.in();
    std::vector<std::string> texts;
    const auto found = from.find(key);
    if (!found) return texts;
    const auto elements = found->value->type == node::kind::scalar
                              ? std::vector<cursor>{*found}
                              : in.list(*found, example).value_or(std::vector<cursor>{});
    for (const auto& element : elements) {
        auto text = in.text(element);
        if (!text) continue;
        if (std::ranges::find(texts, *text) != texts.end())
            in.fail(element, in.shown(element) + " is a duplicate", "remove it");
        else texts.push_back(std::move(*text));
    }
    return texts;
}

std::vector<std::size_t> read_references(block& route, std::string_view key,
                                         const index_by_name& known, std::string_view what,
                                         std::string_view section) {
    auto& in = route.in();
    std::vector<std::size_t> into;
    const auto found = route.find(key);
    if (!found) return into;
    const auto elements = found->value->type == node::kind::scalar
                              ? std::vector<cursor>{*found}
                              : in.list(*found, "as in [NAME]").value_or(std::vector<cursor>{});
    for (const auto& element : elements) {
        const auto name = in.text(element);
        if (!name) continue;
        const auto at = known.find(*name);
        if (at == known.end()) {
            std::vector<std::string_view> names;
            for (const auto& other : known) names.push_back(other.first);
            std::sort(names.begin(), names.end());
            in.fail(element, "there is no " + std::string(what) + " " + in.shown(element),
                    did_you_mean(*name, names, "define it under " + std::string(section)));
        } else if (std::find(into.begin(), into.end(), at->second) != into.end()) {
            in.fail(element,
                    in.shown(element) + " is in this route's " + std::string(key) + " already",
                    "remove it");
        } else {
            into.push_back(at->second);
        }
    }
    return into;
}

std::optional<hash_source> read_hash_source(reader& in, const cursor& at) {
    using kind = hash_source::kind;
    const auto word = in.text(at);
    if (!word) return std::nullopt;
    if (*word == "client_ip") return hash_source{kind::client_ip, ""};
    if (*word == "path") return hash_source{kind::path, ""};
    if (*word == "principal") return hash_source{kind::principal, ""};
    for (const auto& [prefix, type] :
         {std::pair{"header:", kind::header}, std::pair{"cookie:", kind::cookie}}) {
        if (!word->starts_with(prefix)) continue;
        const auto name = word->substr(std::char_traits<char>::length(prefix));
        if (is_token(name)) return hash_source{type, type == kind::header ? to_lower(name) : name};
        in.fail(at, in_quotes(name) + " is not a valid name",
                std::string("write ") + prefix + "NAME");
        return std::nullopt;
    }
    in.fail(at, in.shown(at) + " is not a hash source",
            did_you_mean(*word, {"client_ip", "path", "principal"},
                         "known: client_ip, header:NAME, cookie:NAME, path, principal"));
    return std::nullopt;
}

std::vector<status_range> read_statuses(reader& in, const cursor& at) {
    std::vector<status_range> result;
    const auto elements = in.list(at, "as in [200-399]");
    if (elements && elements->empty()) in.fail(at, "no status", "as in [200-399]");
    for (const auto& element : elements.value_or(std::vector<cursor>{})) {
        const auto text = in.text(element);
        if (!text) continue;
        if (const auto range = to_status_range(*text)) result.push_back(*range);
        else
            in.fail(element, in.shown(element) + " is not a status code or a range of status codes",
                    "from 100 to 599, as in 204 or 200-399");
    }
    return result;
}

std::optional<std::vector<std::string>> read_methods(reader& in, const cursor& at) {
    const auto elements = in.list(at, "as in [GET, POST]");
    if (!elements) return std::nullopt;
    std::vector<std::string> result;
    for (const auto& element : *elements) {
        const auto text = in.text(element);
        if (!text) continue;
        if (is_token(*text) && *text != "*") result.push_back(to_upper(*text));
        else in.fail(element, in.shown(element) + " is not a method", "as in GET");
    }
    return result;
}

std::optional<std::vector<std::string>> read_tokens(reader& in, const cursor& at) {
    const auto elements = in.list(at, "as in [X-Request-Id]");
    if (!elements) return std::nullopt;
    std::vector<std::string> result;
    for (const auto& element : *elements) {
        const auto text = in.text(element);
        if (!text) continue;
        if (is_token(*text)) result.push_back(*text);
        else in.fail(element, in.shown(element) + " is not a header name", "as in X-Request-Id");
    }
    return result;
}

} // namespace thalamus::config
