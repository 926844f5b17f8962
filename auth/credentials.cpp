#include "auth/credentials.hpp"

#include "http/percent.hpp"

namespace thalamus::auth {

namespace {

using kind = credential::kind;

/// Calls `each` with the name and value of every item of a list such as "a=1; b=2".
template <class F>
void for_each_pair(std::string_view list, char separator, F each) {
    while (!list.empty()) {
        auto item = list.substr(0, list.find(separator));
        list.remove_prefix(std::min(list.size(), item.size() + 1));
        while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
        while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
        const auto equals = item.find('=');
        if (!item.empty())
            each(item.substr(0, equals),
                 equals == item.npos ? std::string_view() : item.substr(equals + 1));
    }
}

std::string_view bearer_of(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (authorization.size() < scheme.size() ||
        !http::iequals(authorization.substr(0, scheme.size()), scheme))
        return {};
    authorization.remove_prefix(scheme.size());
    while (!authorization.empty() && authorization.front() == ' ') authorization.remove_prefix(1);
    return authorization;
}

} // namespace

credential find_credential(const std::vector<config::credential_source>& places,
                           const http::field_list& fields, std::string_view query) {
    credential found;
    const auto take = [&](std::string value) {
        if (value.empty()) return;
        found.type = found.type == kind::none ? kind::one : kind::several;
        found.value = std::move(value);
    };
    if (query.starts_with('?')) query.remove_prefix(1);
    using place = config::credential_source::kind;
    for (const auto& at : places) switch (at.type) {
        case place::bearer:
            for (const auto& f : fields)
                if (f.id == http::field_id::authorization) take(std::string(bearer_of(f.value)));
            break;
        case place::header:
            for (const auto& f : fields)
                if (http::iequals(f.name, at.name)) take(std::string(f.value));
            break;
        case place::cookie:
            for (const auto& f : fields)
                if (f.id == http::field_id::cookie)
                    for_each_pair(f.value, ';', [&](auto name, auto value) {
                        if (name == at.name) take(std::string(value));
                    });
            break;
        case place::query:
            for_each_pair(query, '&', [&](auto name, auto value) {
                std::string decoded;
                http::append_decoded(name, true, decoded);
                if (decoded != at.name) return;
                decoded.clear();
                http::append_decoded(value, true, decoded);
                take(std::move(decoded));
            });
            break;
        }
    return found;
}

} // namespace thalamus::auth
