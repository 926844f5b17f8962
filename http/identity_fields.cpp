#include "http/identity_fields.hpp"

#include "http/head.hpp"

namespace thalamus::http {

namespace {

bool istarts_with(std::string_view text, std::string_view prefix) {
    return iequals(text.substr(0, prefix.size()), prefix);
}

} // namespace

identity_field identity_kind(std::string_view name) {
    // Most names begin otherwise, and cost one look.
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

} // namespace thalamus::http
