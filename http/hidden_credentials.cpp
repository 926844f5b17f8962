#include "http/hidden_credentials.hpp"

#include "http/percent.hpp"

#include <algorithm>

namespace thalamus::http {

namespace {

using kind = config::credential_source::kind;

bool has(credential_places hidden, kind type, std::string_view name) {
    return std::ranges::any_of(hidden,
                               [&](const auto& at) { return at.type == type && at.name == name; });
}

bool has(credential_places hidden, kind type) {
    return std::ranges::any_of(hidden, [&](const auto& at) { return at.type == type; });
}

std::string_view name_of(std::string_view pair) { return pair.substr(0, pair.find('=')); }

} // namespace

bool is_credential(credential_places hidden, const field& f) {
    return std::ranges::any_of(hidden, [&](const auto& at) {
        return at.type == kind::bearer   ? f.id == field_id::authorization
               : at.type == kind::header ? iequals(f.name, at.name)
                                         : false;
    });
}

void append_other_cookies(credential_places hidden, std::string_view value, std::string& out) {
    const auto start = out.size();
    while (!value.empty()) {
        auto pair = value.substr(0, value.find(';'));
        value.remove_prefix(std::min(value.size(), pair.size() + 1));
        while (pair.starts_with(' ')) pair.remove_prefix(1);
        if (pair.empty() || has(hidden, kind::cookie, name_of(pair))) continue;
        if (out.size() != start) out += "; ";
        out += pair;
    }
}

std::string_view other_parameters(credential_places hidden, std::string_view query,
                                  std::string& buffer) {
    if (query.size() < 2 || !has(hidden, kind::query)) return query;
    buffer.clear();
    std::string name;
    for (auto rest = query.substr(1); !rest.empty();) {
        const auto pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        name.clear();
        append_decoded(name_of(pair), true, name);
        if (!has(hidden, kind::query, name))
            buffer.append(1, buffer.empty() ? '?' : '&').append(pair);
    }
    return buffer;
}

} // namespace thalamus::http
