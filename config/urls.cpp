// The notations of addresses.hpp for URLs and host patterns.

#include "base/percent_escape.hpp"
#include "config/addresses.hpp"
#include "config/scalars.hpp"

#include <algorithm>

namespace thalamus::config {

namespace {

struct url_parts {
    std::string scheme; ///< lower case
    std::string_view authority, rest;
};

std::optional<url_parts> split_url(std::string_view url) {
    const auto colon = url.find("://");
    if (colon == url.npos || colon == 0) return std::nullopt;
    const auto from = colon + 3;
    const auto end = std::min(url.find_first_of("/?#", from), url.size());
    return url_parts{to_lower(url.substr(0, colon)), url.substr(from, end - from), url.substr(end)};
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<signed char>(c) >= 0; });
}

/// Returns nullopt if a "%" does not start an escape.
std::optional<std::string> decoded(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            result += text[at];
            continue;
        }
        if (at + 2 >= text.size()) return std::nullopt;
        const int high = base::hex_value(text[at + 1]), low = base::hex_value(text[at + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        result += static_cast<char>(high * 16 + low);
        at += 2;
    }
    return result;
}

const syntax_error not_ascii{"a host name is ASCII", "write international names as xn--..."};

/// The authority of an http:// URL.
std::variant<endpoint, syntax_error> to_http_server(std::string_view authority) {
    if (!is_ascii(authority)) return not_ascii;
    if (authority.empty()) return syntax_error{"no host", "write http://host:port"};
    auto result = to_endpoint(authority, std::uint16_t{80});
    if (const auto* address = std::get_if<endpoint>(&result); address && address->port == 0)
        return syntax_error{"not a port", "a port is a number from 1 to 65535"};
    return result;
}

/// pchar, "/" and "?" from RFC 3986, and the "%" of an escape.
bool may_stand_in_target(char c) {
    constexpr std::string_view marks = "-._~!$&'()*+,;=:@/?%";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != marks.npos;
}

} // namespace

std::variant<endpoint, syntax_error> to_target(std::string_view url) {
    const auto parts = split_url(url);
    if (!parts) return syntax_error{"not a URL", "write http://host:port"};
    if (parts->scheme == "https")
        return syntax_error{"https:// targets are not supported yet",
                            "use http:// in this version"};
    if (parts->scheme != "http") return syntax_error{"not an http URL", "write http://host:port"};
    if (parts->authority.find('@') != url.npos)
        return syntax_error{"a target URL cannot have a user or password",
                            "set an Authorization header with the route's request_headers"};
    if (parts->rest.find_first_of("?#") != url.npos)
        return syntax_error{"a target URL cannot have a query or fragment",
                            "write http://host:port"};
    if (!parts->rest.empty() && parts->rest != "/")
        return syntax_error{"a target URL cannot have a path",
                            "write http://host:port here and the path in the route's rewrite.path"};
    return to_http_server(parts->authority);
}

std::variant<http_url, syntax_error> to_http_url(std::string_view url) {
    const std::string example = "write http://host:port/path";
    const auto parts = split_url(url);
    if (!parts) return syntax_error{"not a URL", example};
    if (parts->scheme == "https")
        return syntax_error{"https:// is not supported yet", "use http:// in this version"};
    if (parts->scheme != "http") return syntax_error{"not an http URL", example};
    if (parts->authority.find('@') != url.npos)
        return syntax_error{"this URL cannot have a user or password", example};
    if (parts->rest.find('#') != url.npos)
        return syntax_error{"this URL cannot have a fragment: it would never be sent",
                            "remove \"#\" and everything after it"};
    if (!std::all_of(parts->rest.begin(), parts->rest.end(), may_stand_in_target))
        return syntax_error{"a character that is not allowed in a URL",
                            "write it percent-encoded, a space as %20"};
    if (!decoded(parts->rest))
        return syntax_error{"a % that does not start an escape", "write %25 for a literal %"};
    auto server = to_http_server(parts->authority);
    if (const auto* error = std::get_if<syntax_error>(&server)) return *error;
    return http_url{std::get<endpoint>(std::move(server)),
                    (parts->rest.starts_with('/') ? "" : "/") + std::string(parts->rest)};
}

std::variant<redis_settings, syntax_error> to_redis(std::string_view url) {
    const std::string example = "write redis://user:password@host:6379/0";
    const auto parts = split_url(url);
    if (parts && parts->scheme == "rediss")
        return syntax_error{"TLS to Redis (rediss://) is not supported yet",
                            "use redis:// in this version"};
    if (!parts || parts->scheme != "redis") return syntax_error{"not a redis:// URL", example};
    if (parts->rest.find('@') != url.npos)
        return syntax_error{"/, ? or # in a user or password", "write %2F, %3F or %23 there"};
    if (parts->rest.find_first_of("?#") != url.npos)
        return syntax_error{"a Redis URL cannot have a query or fragment", example};
    redis_settings result;
    auto host = parts->authority;
    if (const auto at = host.rfind('@'); at != url.npos) {
        const auto colon = std::min(host.find(':'), at);
        auto user = decoded(host.substr(0, colon));
        auto password = decoded(host.substr(colon, at - colon).substr(colon < at ? 1 : 0));
        if (!user || !password)
            return syntax_error{"a % that does not start an escape in the user or password",
                                "write %25 for a literal %"};
        result.user = std::move(*user);
        result.password = std::move(*password);
        host.remove_prefix(at + 1);
    }
    if (host.empty() || host.front() == ':') return syntax_error{"no host", example};
    auto address = to_endpoint(host, std::uint16_t{6379});
    if (const auto* error = std::get_if<syntax_error>(&address)) return *error;
    result.addresses.push_back(std::get<endpoint>(std::move(address)));
    if (result.addresses[0].port == 0)
        return syntax_error{"not a port", "a port is a number from 1 to 65535"};
    if (parts->rest.size() > 1) {
        const auto number = to_number(parts->rest.substr(1));
        if (!number || *number > most_redis_database)
            return syntax_error{"not a database number",
                                "the number after the slash must be from 0 to " +
                                    std::to_string(most_redis_database)};
        result.database = static_cast<unsigned>(*number);
    }
    return result;
}

std::variant<std::string, syntax_error> to_host_pattern(std::string_view text) {
    if (text == "*")
        return syntax_error{"\"*\" alone is not a host pattern",
                            "leave hosts out to match every host"};
    if (!is_ascii(text)) return not_ascii;
    auto host = to_lower(text);
    if (host.ends_with('.')) host.pop_back();
    const auto name = host.starts_with("*.") ? std::string_view(host).substr(2) : host;
    if (name.starts_with('[') && name.ends_with(']') && name.size() == host.size()) {
        const auto ip = to_ip(name.substr(1, name.size() - 2));
        if (!ip || name.find(':') == name.npos)
            return syntax_error{"not an IPv6 address", "as in \"[::1]\""};
        return host;
    }
    if (is_host_name(name)) return host;
    if (const auto colon = name.find(':');
        colon != name.npos && is_host_name(name.substr(0, colon)))
        return syntax_error{"a host pattern cannot have a port",
                            "write " + host.substr(0, host.find(':')) +
                                ", which matches every port"};
    if (name.find('*') != name.npos)
        return syntax_error{"\"*\" can only replace the first labels", "as in \"*.example.com\""};
    return syntax_error{"not a host name", "as in api.example.com or \"*.example.com\""};
}

std::variant<std::string, syntax_error> to_origin(std::string_view text) {
    const syntax_error not_an_origin{
        "not an origin",
        "write scheme://host or scheme://host:port, as in https://app.example.com"};
    if (text == "*") return std::string(text);
    const auto parts = split_url(text);
    if (!parts || !is_token(parts->scheme)) return not_an_origin;
    if (!parts->rest.empty())
        return syntax_error{"an origin has no path",
                            "write " + parts->scheme + "://" + std::string(parts->authority)};
    const auto authority = to_lower(parts->authority);
    const auto host =
        authority.starts_with("*.") ? std::string_view(authority).substr(2) : authority;
    if (host.find('*') != host.npos)
        return syntax_error{"\"*\" can only replace the first label",
                            "as in https://*.example.com"};
    if (!is_authority(host)) return not_an_origin;
    auto origin = parts->scheme + "://" + authority;
    // Browsers omit the default port of the scheme in Origin; an entry with it would never match.
    for (const auto& [scheme, port] : {std::pair{"http", ":80"}, std::pair{"https", ":443"}})
        if (parts->scheme == scheme && origin.ends_with(port) && !origin.ends_with("]"))
            origin.erase(origin.size() - std::char_traits<char>::length(port));
    return origin;
}

} // namespace thalamus::config
