// Auth methods that call another service: introspection and forward.

#include "config/addresses.hpp"
#include "config/header_names.hpp"
#include "config/sections.hpp"

#include <algorithm>

namespace thalamus::config {

namespace {

void read_url(block& from, std::string& text, http_url& url, const std::string& example) {
    auto& in = from.in();
    const auto found = from.find("url");
    if (!found) return from.missing("url", example);
    if (const auto written = in.text(*found))
        if (auto parsed = in.parsed(*found, to_http_url(*written))) {
            text = *written;
            url = std::move(*parsed);
        }
}

bool is_in(const auto& names, const std::string& name) {
    return std::ranges::find(names, name) != std::end(names);
}

/// Fields that the gateway itself sets in requests to the auth service or to the target.
bool is_ours(const std::string& lower) {
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
bool is_of_request(const std::string& lower) {
    constexpr std::string_view names[] = {"accept",       "content-type", "date",
                                          "max-forwards", "origin",       "server"};
    return is_in(names, lower);
}

/// Header names without duplicates. The caller decides whether the list may be empty.
std::vector<std::string> read_names(reader& in, const cursor& at, const std::string& example,
                                    bool may_be_of_request) {
    std::vector<std::string> names;
    const auto elements = at.value->type == node::kind::scalar
                              ? std::vector<cursor>{at}
                              : in.list(at, example).value_or(std::vector<cursor>{});
    for (const auto& element : elements) {
        const auto name = in.text(element);
        if (!name) continue;
        const auto lower = to_lower(*name);
        const auto same = [&](const std::string& other) { return to_lower(other) == lower; };
        if (!is_token(*name)) in.fail(element, in_quotes(*name) + " is not a header name", example);
        else if (name->find('_') != name->npos)
            in.fail(element, in_quotes(*name) + " contains \"_\"",
                    "the gateway drops such headers: targets could confuse \"_\" with \"-\"");
        else if (is_ours(lower))
            in.fail(element, *name + " cannot be listed", "the gateway sets it itself");
        else if (!may_be_of_request && is_of_request(lower))
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

introspection_settings read_introspection(reader& in, const cursor& at) {
    introspection_settings into;
    const std::string example = "as in http://idp:8080/introspect";
    block from(in, at,
               "as in {url: http://idp:8080/introspect, client_id: gw, client_secret: ...}");
    read_url(from, into.text, into.url, example);
    from.text("client_id", into.client_id);
    if (!from.find("client_id")) from.missing("client_id", "the id of the gateway at the issuer");
    from.text("client_secret", into.client_secret);
    if (!from.find("client_secret"))
        from.missing("client_secret", "as in \"${file:secret}\", which keeps it out of this file");
    from.duration("cache", into.cache, milliseconds(0));
    from.duration("timeout", into.timeout, milliseconds(10), milliseconds(60'000));
    read_sources(from, into.from, true);
    from.finish();
    return into;
}

forward_settings read_forward(reader& in, const cursor& at) {
    forward_settings into;
    block from(in, at, "as in {url: http://authz:9000/check, copy: [X-User-Id]}");
    read_url(from, into.text, into.url, "as in http://authz:9000/check");
    const std::string example = "as in [Authorization, Cookie]";
    if (const auto found = from.find("headers")) {
        into.from.clear();
        for (const auto& name : read_names(in, *found, example, true))
            into.from.push_back({credential_source::kind::header, to_lower(name)});
        if (into.from.empty() && found->value->entries.empty())
            in.fail(*found, "no header", example);
    }
    if (const auto found = from.find("copy"))
        into.copy = read_names(in, *found, "as in [X-User-Id]", false);
    from.duration("timeout", into.timeout, milliseconds(10), milliseconds(60'000));
    from.finish();
    return into;
}

} // namespace thalamus::config
