#include "http/host_name.hpp"

#include <algorithm>

namespace thalamus::http {

std::string_view without_port(std::string_view authority) {
    if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
    return authority.substr(0, authority.find(':'));
}

std::string_view normalize_host(std::string_view authority, std::string& buffer) {
    auto host = without_port(authority);
    if (host.ends_with('.')) host.remove_suffix(1);
    auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (std::none_of(host.begin(), host.end(), is_upper)) return host;
    buffer.assign(host);
    for (char& c : buffer)
        if (is_upper(c)) c += 'a' - 'A';
    return buffer;
}

} // namespace thalamus::http
