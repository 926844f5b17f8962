#include "http/request_target.hpp"

#include "http/characters.hpp"
#include "http/ip_address.hpp"

#include <algorithm>
#include <charconv>

namespace thalamus::http {
namespace {

constexpr std::string_view http_scheme = "http://";
constexpr std::string_view https_scheme = "https://";

std::string_view scheme_of(std::string_view target) {
    if (istarts_with(target, http_scheme)) return http_scheme;
    if (istarts_with(target, https_scheme)) return https_scheme;
    return {};
}

bool valid_port(std::string_view digits) {
    if (digits.size() > 5 || !std::all_of(digits.begin(), digits.end(), is_digit)) return false;
    unsigned port = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), port);
    return port <= 65535;
}

bool valid_ipv6(std::string_view text) {
    base::ip_bytes ip;
    return text.find(':') != text.npos && base::parse_ip(text, ip);
}

struct host_and_port {
    std::string_view host;
    std::string_view port;
    bool has_port = false;
};

host_and_port split(std::string_view authority) {
    // In "[::1]:80" only a colon after the bracket starts the port.
    const std::size_t bracket = authority.rfind(']');
    const std::size_t start = bracket == std::string_view::npos ? 0 : bracket;
    const std::size_t colon = authority.find(':', start);
    if (colon == std::string_view::npos) return {authority, {}, false};
    return {authority.substr(0, colon), authority.substr(colon + 1), true};
}

refusal check_path(std::string_view path_and_query) {
    if (path_and_query.find('#') != std::string_view::npos)
        return {400, "fragment in the request-target"};
    const std::string_view path = path_and_query.substr(0, path_and_query.find('?'));
    // Some parsers read a raw byte above 0x7F in a path as Latin-1, others as UTF-8, including
    // overlong forms of "/". In a query it does not select a resource and is forwarded unchanged.
    if (std::any_of(path.begin(), path.end(), is_obs_text))
        return {400, "byte above 0x7F in the path"};
    return {};
}

} // namespace

std::string_view absolute_authority(std::string_view target) {
    if (target.empty() || target.front() == '/') return {};
    const std::string_view scheme = scheme_of(target);
    if (scheme.empty()) return {};
    const std::string_view rest = target.substr(scheme.size());
    return rest.substr(0, rest.find_first_of("/?#"));
}

bool valid_authority(std::string_view text) {
    const host_and_port parts = split(text);
    if (parts.host.empty() || !valid_port(parts.port)) return false;
    if (parts.host.front() == '[')
        return parts.host.size() > 2 && parts.host.back() == ']' &&
               valid_ipv6(parts.host.substr(1, parts.host.size() - 2));
    return std::all_of(parts.host.begin(), parts.host.end(), is_host_char);
}

refusal check_target(std::string_view method, std::string_view target) {
    if (method == "CONNECT") {
        const host_and_port parts = split(target);
        if (!valid_authority(target) || parts.port.empty())
            return {400, "CONNECT without host:port"};
        return {501, "CONNECT is not supported"};
    }
    if (target.front() == '/') return check_path(target);
    if (target == "*")
        return method == "OPTIONS" ? refusal{} : refusal{400, "asterisk-form without OPTIONS"};
    const std::string_view authority = absolute_authority(target);
    if (!authority.data()) return {400, "unknown form of request-target"};
    if (!valid_authority(authority)) return {400, "bad authority in the request-target"};
    return check_path(target.substr(authority.data() + authority.size() - target.data()));
}

} // namespace thalamus::http
