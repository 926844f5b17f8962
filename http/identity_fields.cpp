#include "http/identity_fields.hpp"

#include "http/head.hpp"

namespace thalamus::http {

namespace {

bool istarts_with(std::string_view text, std::string_view prefix) {
    return iequals(text.substr(0, prefix.size()), prefix);
}

} // namespace

identity_field identity_kind(std::string_view name) {
    // Most names are neither X-... nor Remote-..., and cost one comparison.
    if (name.size() < 8) return identity_field::none;
    const char first = static_cast<char>(name[0] | 0x20);
    if (first == 'r') {
        const bool remote = iequals(name, "remote-user") || iequals(name, "remote-groups") ||
                            iequals(name, "remote-name") || iequals(name, "remote-email");
        return remote ? identity_field::proxy : identity_field::none;
    }
    if (first != 'x' || name[1] != '-') return identity_field::none;
    const auto rest = name.substr(2);
    if (istarts_with(rest, "consumer-") || iequals(rest, "auth-method") ||
        istarts_with(rest, "authenticated-") || istarts_with(rest, "credential-") ||
        iequals(rest, "anonymous-consumer"))
        return identity_field::gateway;
    if (istarts_with(rest, "forwarded-") || istarts_with(rest, "remote-") ||
        istarts_with(rest, "ssl-client-") || iequals(rest, "client-ip") ||
        iequals(rest, "original-forwarded-for") || istarts_with(rest, "auth-request-"))
        return identity_field::proxy;
    return identity_field::none;
}

} // namespace thalamus::http
