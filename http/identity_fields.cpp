#include "http/identity_fields.hpp"

#include <algorithm>

namespace thalamus::http {

identity_field identity_kind(std::string_view name) {
    // Most names start differently and cost a single check.
    if (name.size() < 8) return identity_field::none;
    const auto from_proxy = [](bool it_is) {
        return it_is ? identity_field::proxy : identity_field::none;
    };
    switch (name[0] | 0x20) {
    case 'c': return from_proxy(iequals(name, "client-ip") || iequals(name, "cf-connecting-ip"));
    case 'r':
        return from_proxy(iequals(name, "remote-user") || iequals(name, "remote-groups") ||
                          iequals(name, "remote-name") || iequals(name, "remote-email"));
    case 's': return from_proxy(istarts_with(name, "ssl-client-"));
    case 't': return from_proxy(iequals(name, "true-client-ip"));
    case 'x': break;
    default: return identity_field::none;
    }
    if (name[1] != '-') return identity_field::none;
    const auto rest = name.substr(2);
    if (istarts_with(rest, "consumer-") || iequals(rest, "auth-method") ||
        istarts_with(rest, "authenticated-") || istarts_with(rest, "credential-") ||
        iequals(rest, "anonymous-consumer"))
        return identity_field::gateway;
    return from_proxy(istarts_with(rest, "forwarded-") || istarts_with(rest, "remote-") ||
                      istarts_with(rest, "ssl-client-") || iequals(rest, "client-ip") ||
                      iequals(rest, "cluster-client-ip") ||
                      iequals(rest, "original-forwarded-for") ||
                      istarts_with(rest, "auth-request-"));
}

void drop_forged_identity(field_list& fields, bool sender_trusted,
                          std::span<const std::string> asserted) {
    const auto forged = [&](const field& f) {
        if (std::ranges::any_of(asserted, [&](const auto& name) { return iequals(f.name, name); }))
            return true;
        switch (f.id) {
        case field_id::other: break;
        case field_id::forwarded:
        case field_id::x_forwarded_for:
        case field_id::x_forwarded_host:
        case field_id::x_forwarded_port:
        case field_id::x_forwarded_proto:
        case field_id::x_real_ip: return !sender_trusted;
        default: return false;
        }
        switch (identity_kind(f.name)) {
        case identity_field::gateway: return true;
        case identity_field::proxy: return !sender_trusted;
        case identity_field::none: break;
        }
        return false;
    };
    fields.erase(std::remove_if(fields.begin(), fields.end(), forged), fields.end());
}

} // namespace thalamus::http
