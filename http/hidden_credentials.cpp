#include "http/hidden_credentials.hpp"

#include "http/percent.hpp"

#include <algorithm>

namespace thalamus::http {

namespace {

bool has(credential_places hidden, config::credential_source::kind type, std::string_view name) {
    return std::ranges::any_of(
        hidden, [&](const auto& place) { return place.type == type && place.name == name; });
}

bool has(credential_places hidden, config::credential_source::kind type) {
    return std::ranges::any_of(hidden, [&](const auto& place) { return place.type == type; });
}

/// The name without surrounding whitespace, which some parsers ignore.
std::string_view name_of(std::string_view pair) {
    auto name = pair.substr(0, pair.find('='));
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!name.empty() && blank(name.front())) name.remove_prefix(1);
    while (!name.empty() && blank(name.back())) name.remove_suffix(1);
    return name;
}

} // namespace

bool is_credential(credential_places hidden, const field& f) {
    return std::ranges::any_of(hidden, [&](const auto& place) {
        switch (place.type) {
        case config::credential_source::kind::bearer:
        case config::credential_source::kind::basic: return f.id == field_id::authorization;
        case config::credential_source::kind::header: return iequals(f.name, place.name);
        default: return false;
        }
    });
}

void append_other_cookies(credential_places hidden, std::string_view value, std::string& out) {
    const auto start = out.size();
    while (!value.empty()) {
        auto pair = value.substr(0, value.find(';'));
        value.remove_prefix(std::min(value.size(), pair.size() + 1));
        while (pair.starts_with(' ') || pair.starts_with('\t')) pair.remove_prefix(1);
        if (pair.empty() || has(hidden, config::credential_source::kind::cookie, name_of(pair)))
            continue;
        if (out.size() != start) out += "; ";
        out += pair;
    }
}

std::string_view other_parameters(credential_places hidden, std::string_view query,
                                  std::string& buffer) {
    if (query.size() < 2 || !has(hidden, config::credential_source::kind::query)) return query;
    buffer.clear();
    std::string name;
    // Some parsers also split at ";".
    for (std::size_t begin = 1; begin < query.size();) {
        const auto end = std::min(query.find_first_of("&;", begin), query.size());
        const auto pair = query.substr(begin, end - begin);
        name.clear();
        append_decoded(name_of(pair), true, name);
        if (!has(hidden, config::credential_source::kind::query, name))
            buffer.append(1, buffer.empty() ? '?' : query[begin - 1]).append(pair);
        begin = end + 1;
    }
    return buffer;
}

} // namespace thalamus::http
