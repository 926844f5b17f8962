#include "config/notations.hpp"

#include <algorithm>

namespace thalamus::config {

std::optional<std::string> read_any_text(reader& in, const cursor& at) { return in.text(at, true); }

std::optional<endpoint> read_bind(reader& in, const cursor& at) {
    const auto text = in.text(at);
    if (!text) return std::nullopt;
    auto address = in.parsed(at, to_endpoint(*text));
    if (!address) return std::nullopt;
    if (to_lower(address->host) == "localhost") address->host = "127.0.0.1";
    if (!to_ip(address->host)) {
        in.fail(at, in.shown(at) + ": a bind address must be an IP address",
                "as in 0.0.0.0:8080, 127.0.0.1:8080 or [::1]:8080");
        return std::nullopt;
    }
    return address;
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

std::optional<std::vector<std::string>> read_texts(reader& in, const cursor& at,
                                                   const std::string& example) {
    const auto elements = in.list_or_one(at, example);
    if (!elements) return std::nullopt;
    std::vector<std::string> texts;
    for (const auto& element : *elements) {
        auto text = in.text(element);
        if (!text) continue;
        if (std::ranges::find(texts, *text) != texts.end())
            in.fail(element, in.shown(element) + " is a duplicate", "remove it");
        else texts.push_back(std::move(*text));
    }
    return texts;
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

std::string to_text(const hash_source& source) {
    switch (source.type) {
    case hash_source::kind::header: return "header:" + source.name;
    case hash_source::kind::cookie: return "cookie:" + source.name;
    case hash_source::kind::principal: return "principal";
    case hash_source::kind::path: return "path";
    case hash_source::kind::client_ip: break;
    }
    return "client_ip";
}

std::optional<std::vector<network>> read_networks(reader& in, const cursor& at) {
    return read_each<network>(in.list(at, "as in [10.0.0.0/8]"),
                              [&](const cursor& element) -> std::optional<network> {
                                  const auto text = in.text(element);
                                  if (!text) return std::nullopt;
                                  return in.parsed(element, to_network(*text));
                              });
}

std::optional<std::vector<status_range>> read_statuses(reader& in, const cursor& at) {
    const auto read = [&](const cursor& element) -> std::optional<status_range> {
        const auto text = in.text(element);
        if (!text) return std::nullopt;
        const auto range = to_status_range(*text);
        if (!range)
            in.fail(element, in.shown(element) + " is not a status code or a range of status codes",
                    "from 100 to 599, as in 204 or 200-399");
        return range;
    };
    return read_each<status_range>(in.list_with_elements(at, "as in [200-399]", "no status"), read);
}

std::optional<std::vector<std::string>> read_methods(reader& in, const cursor& at) {
    const auto read = [&](const cursor& element) -> std::optional<std::string> {
        const auto text = in.text(element);
        if (!text) return std::nullopt;
        if (is_token(*text) && *text != "*") return to_upper(*text);
        in.fail(element, in.shown(element) + " is not a method", "as in GET");
        return std::nullopt;
    };
    return read_each<std::string>(in.list(at, "as in [GET, POST]"), read);
}

std::optional<std::vector<std::string>> read_tokens(reader& in, const cursor& at) {
    const auto read = [&](const cursor& element) -> std::optional<std::string> {
        auto text = in.text(element);
        if (!text || is_token(*text)) return text;
        in.fail(element, in.shown(element) + " is not a header name", "as in X-Request-Id");
        return std::nullopt;
    };
    return read_each<std::string>(in.list(at, "as in [X-Request-Id]"), read);
}

} // namespace thalamus::config
