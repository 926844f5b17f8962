#include "policies/auth/credentials.hpp"

#include "http/characters.hpp"
#include "http/percent.hpp"

#include <algorithm>
#include <utility>

namespace thalamus::auth {

namespace {

/// Calls `each` with the name and value of every item of a list such as "a=1; b=2", without
/// surrounding whitespace, which some parsers ignore.
template <class F>
void for_each_pair(std::string_view list, std::string_view separators, F use) {
    while (!list.empty()) {
        const auto item = list.substr(0, list.find_first_of(separators));
        list.remove_prefix(std::min(list.size(), item.size() + 1));
        const auto equals = item.find('=');
        const auto name = http::trim(item.substr(0, equals));
        if (!name.empty())
            use(name,
                equals == item.npos ? std::string_view() : http::trim(item.substr(equals + 1)));
    }
}

/// The text after the scheme; empty for another scheme.
std::string_view credentials_of(std::string_view scheme, std::string_view authorization) {
    const auto named = authorization.substr(0, authorization.find_first_of(" \t"));
    return http::iequals(named, scheme) ? http::trim(authorization.substr(named.size()))
                                        : std::string_view();
}

} // namespace

credential find_credential(const std::vector<config::credential_source>& places,
                           const http::field_list& fields, std::string_view query) {
    credential found;
    bool authorized = false; // the target may read a second Authorization
    const auto take = [&](std::string_view value, const http::field* in, bool part = false) {
        if (value.empty()) return false;
        found.type = found.type == credential::kind::none ? credential::kind::one
                                                          : credential::kind::several;
        found.as_sent = value;
        found.in = in;
        found.part = part;
        return true;
    };
    if (query.starts_with('?')) query.remove_prefix(1);
    using place = config::credential_source::kind;
    for (const auto& source : places) switch (source.type) {
        case place::bearer:
        case place::basic:
            for (const auto& f : fields) {
                if (f.id != http::field_id::authorization) continue;
                take(credentials_of(source.type == place::bearer ? "bearer" : "basic", f.value),
                     &f);
                if (std::exchange(authorized, true)) found.type = credential::kind::several;
            }
            break;
        case place::header:
            for (const auto& f : fields)
                if (http::iequals(f.name, source.name)) take(f.value, &f);
            break;
        case place::cookie:
            for (const auto& f : fields)
                if (f.id == http::field_id::cookie)
                    for_each_pair(f.value, ";", [&](auto name, auto value) {
                        if (name == source.name) take(value, &f, true);
                    });
            break;
        case place::query:
            for_each_pair(query, "&;", [&](auto name, auto value) {
                std::string decoded;
                http::append_decoded(name, true, decoded);
                if (decoded != source.name) return; // some parsers also split "a;k=v" at ";"
                decoded.clear();
                http::append_decoded(value, true, decoded);
                if (!take(decoded, nullptr)) return;
                found.decoded = std::move(decoded);
                found.as_sent = {};
            });
            break;
        }
    found.basic =
        std::ranges::any_of(places, [](const auto& source) { return source.type == place::basic; });
    return found;
}

listed_fields find_listed(const std::vector<config::credential_source>& headers,
                          const http::field_list& fields) {
    listed_fields found;
    for (const auto& header : headers) {
        const auto before = found.all.size();
        for (const auto& f : fields)
            if (http::iequals(f.name, header.name)) found.all.push_back(&f);
        if (found.all.size() > before + 1 && header.name != "cookie") found.several = true;
    }
    return found;
}

} // namespace thalamus::auth
