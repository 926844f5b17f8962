#include "http/ip_address.hpp"

#include "http/characters.hpp"

#include <algorithm>

namespace thalamus::http {

namespace {

bool is_port(std::string_view text) {
    return !text.empty() && text.size() <= 5 && std::all_of(text.begin(), text.end(), is_digit);
}

} // namespace

bool parse_ip_and_port(std::string_view text, base::ip_bytes& out) {
    if (text.starts_with('[')) {
        auto end = text.find(']');
        if (end == text.npos) return false;
        auto after = text.substr(end + 1);
        auto inside = text.substr(1, end - 1);
        return inside.find(':') != inside.npos && base::parse_ip(inside, out) &&
               (after.empty() || (after[0] == ':' && is_port(after.substr(1))));
    }
    auto colon = text.find(':');
    bool one_colon = colon != text.npos && text.find(':', colon + 1) == text.npos;
    if (one_colon)
        return is_port(text.substr(colon + 1)) && base::parse_ip(text.substr(0, colon), out);
    return base::parse_ip(text, out);
}

} // namespace thalamus::http
