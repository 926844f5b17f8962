// The header names in the auth method `forward`.

#include "config/auth_description.hpp"

#include "config/header_names.hpp"

#include <algorithm>

namespace thalamus::config {

namespace {

bool is_in(const auto& names, const std::string& name) {
    return std::ranges::find(names, name) != std::end(names);
}

/// Fields that the gateway itself sets in requests to the auth service or to the target.
bool is_set_by_gateway(const std::string& lower) {
    constexpr std::string_view names[] = {"accept-encoding",
                                          "forwarded",
                                          "http2-settings",
                                          "traceparent",
                                          "tracestate",
                                          "user-agent",
                                          "via",
                                          "x-forwarded-for",
                                          "x-forwarded-host",
                                          "x-forwarded-method",
                                          "x-forwarded-port",
                                          "x-forwarded-proto",
                                          "x-forwarded-uri",
                                          "x-real-ip",
                                          "x-request-id"};
    return is_protected_field(lower) || lower.starts_with("proxy-") || is_in(names, lower);
}

/// Fields that describe the request, not the client. They cannot be copied from an auth service,
/// because a copied field is removed from every client request.
bool describes_request(const std::string& lower) {
    constexpr std::string_view names[] = {"accept",       "content-type", "date",
                                          "max-forwards", "origin",       "server"};
    return is_in(names, lower);
}

/// Header names without duplicates. The caller decides whether the list may be empty.
std::vector<std::string> read_names(reader& in, const cursor& at, const std::string& example,
                                    bool may_describe_request) {
    std::vector<std::string> names;
    const auto elements = in.list_or_one(at, example).value_or(std::vector<cursor>{});
    for (const auto& element : elements) {
        const auto name = in.text(element);
        if (!name) continue;
        const auto lower = to_lower(*name);
        const auto same = [&](const std::string& other) { return to_lower(other) == lower; };
        if (!is_token(*name)) in.fail(element, in_quotes(*name) + " is not a header name", example);
        else if (name->find('_') != name->npos)
            in.fail(element, in_quotes(*name) + " contains \"_\"",
                    "the gateway drops such headers: targets could confuse \"_\" with \"-\"");
        else if (is_set_by_gateway(lower))
            in.fail(element, *name + " cannot be listed", "the gateway sets it itself");
        else if (!may_describe_request && describes_request(lower))
            in.fail(element, *name + " cannot be listed", "it does not identify the client");
        else if (is_identity_field(lower))
            in.fail(element, *name + " cannot be listed",
                    "it passes the authenticated identity to targets; use another name");
        else if (std::ranges::any_of(names, same))
            in.fail(element, *name + " is listed already", "remove one of them");
        else names.push_back(*name);
    }
    return names;
}

} // namespace

std::optional<std::vector<credential_source>> read_forwarded_headers(reader& in, const cursor& at) {
    const std::string example = "as in [Authorization, Cookie]";
    std::vector<credential_source> headers;
    for (const auto& name : read_names(in, at, example, true))
        headers.push_back({credential_source::kind::header, to_lower(name)});
    if (headers.empty() && at.value->entries.empty()) in.fail(at, "no header", example);
    return headers;
}

std::string name_of(const credential_source& source) { return source.name; }

std::optional<std::vector<std::string>> read_copied_headers(reader& in, const cursor& at) {
    return read_names(in, at, "as in [X-User-Id]", false);
}

} // namespace thalamus::config
