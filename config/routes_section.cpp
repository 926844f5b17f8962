#include "config/addresses.hpp"
#include "config/conflicts.hpp"
#include "config/sections.hpp"

#include <algorithm>

namespace thalamus::config {

namespace {

/// Reports characters in the pattern that requests may contain only if allow_in_path lists them.
void check_allowed(reader& in, const cursor& at, const route_settings& route) {
    for (const auto& segment : route.match.path.segments) {
        if (segment.type != pattern_segment::kind::literal) continue;
        if (!route.allow_semicolon && segment.text.find(';') != std::string::npos)
            in.fail(at, in.shown(at) + ": \";\" in a path",
                    "requests that contain it are rejected unless allow_in_path lists semicolon");
        if (!route.allow_encoded_slash && segment.text.find("%2F") != std::string::npos)
            in.fail(
                at, in.shown(at) + ": %2F in a path",
                "requests that contain it are rejected unless allow_in_path lists encoded_slash");
    }
}

void read_allow_in_path(block& from, route_settings& into) {
    auto& in = from.in();
    const auto found = from.find("allow_in_path");
    if (!found) return;
    const auto elements = in.list(*found, "as in [encoded_slash, semicolon]");
    for (const auto& element : elements.value_or(std::vector<cursor>{})) {
        const auto word = in.choice(element, {"encoded_slash", "semicolon"});
        into.allow_encoded_slash |= word == std::size_t{0};
        into.allow_semicolon |= word == std::size_t{1};
    }
}

void read_conditions(block& match, std::string_view key, std::vector<header_match>& into) {
    auto& in = match.in();
    const bool headers = key == "headers";
    const auto found = match.find(key);
    if (!found) return;
    const auto members =
        in.members(*found, headers ? "as in {X-Version: \"2\"}" : "as in {beta: \"1\"}");
    for (const auto& member : members.value_or(std::vector<cursor>{})) {
        auto name = member.key->text;
        const auto value = headers ? read_header_value(in, member) : in.text(member, true);
        if (headers) {
            if (!is_token(name))
                in.fail_key(member, in_quotes(name) + " is not a header name", "as in X-Version");
            name = to_lower(name);
            if (name == "host")
                in.fail_key(member, "Host cannot be a condition here", "use match.hosts");
        }
        if (std::any_of(into.begin(), into.end(), [&](const auto& c) { return c.name == name; }))
            in.fail_key(member, in_quotes(name) + " is a duplicate: names are case-insensitive",
                        "keep one of them");
        if (value) into.push_back({name, *value});
    }
}

void read_hosts(block& match, std::vector<std::string>& into) {
    auto& in = match.in();
    const auto found = match.find("hosts");
    if (!found) return;
    const auto elements = in.list(*found, "as in [api.example.com]");
    if (elements && elements->empty())
        in.fail(*found, "no host", "leave hosts out to match every host");
    for (const auto& element : elements.value_or(std::vector<cursor>{}))
        if (const auto text = in.text(element))
            if (auto host = in.parsed(element, to_host_pattern(*text)))
                into.push_back(std::move(*host));
}

/// Returns false if the set of requests that the route matches is unknown.
bool read_match(block& from, route_settings& into) {
    auto& in = from.in();
    const auto found = from.find("match");
    const std::string example =
        "as in match: {path: \"/users/{id}\"}; \"/{rest...}\" matches every path";
    if (!found) {
        from.missing("match", example);
        return false;
    }
    block match(in, *found, example);
    bool good = false;
    if (const auto path = match.find("path")) {
        const auto text = in.text(*path);
        if (auto pattern = text ? in.parsed(*path, parse_path_pattern(*text)) : std::nullopt) {
            into.match.path = std::move(*pattern);
            check_allowed(in, *path, into);
            good = true;
        }
    } else {
        match.missing("path", example);
    }
    if (const auto methods = match.find("methods")) {
        auto list = read_methods(in, *methods);
        if (list && methods->value->entries.empty())
            in.fail(*methods, "no method", "leave methods out to match every method");
        good = good && list;
        if (list) into.match.methods = std::move(*list);
    }
    read_hosts(match, into.match.hosts);
    read_conditions(match, "headers", into.match.headers);
    read_conditions(match, "query", into.match.query);
    match.finish();
    return good;
}

/// Reads one route. Returns false if it cannot be compared with others.
bool read_route(reader& in, const cursor& at, route_scope scope, route_settings& into) {
    into.where = in.place_of(at);
    block from(in, at);
    if (const auto id = from.find("id")) into.id = in.name(*id, "a route").value_or("");
    read_allow_in_path(from, into);
    const bool comparable = read_match(from, into);
    scope.pattern = into.match.path.source.empty() ? nullptr : &into.match.path;
    read_route_auth(from, scope, into);
    scope.has_auth = !into.auth.empty();
    read_rewrite(from, scope, into.rewrite);
    read_cors(from, into);
    scope.has_cors = into.cors.has_value();
    read_header_edits(from, "request_headers", message_kind::request, scope, into.request_headers);
    read_header_edits(from, "response_headers", message_kind::response, scope,
                      into.response_headers);
    if (const auto timeout = from.find("timeout")) into.timeout = in.duration(*timeout);
    if (const auto body = from.find("body")) into.body = in.size(*body, 0, 1ull << 40);
    read_route_limits(from, scope, into.rate_limits);
    read_action(from, scope, into);
    from.not_yet({"priority", "cache", "fallback", "aggregate", "mirror"});
    from.finish();
    return comparable;
}

void check_ids(reader& in, const std::vector<cursor>& cursors,
               std::vector<route_settings>& routes) {
    std::unordered_map<std::string, std::size_t> ids;
    for (std::size_t i = 0; i < routes.size(); ++i) {
        if (routes[i].id.empty()) routes[i].id = "route-" + std::to_string(i + 1);
        const auto [first, added] = ids.emplace(routes[i].id, i);
        if (!added)
            in.problems().add(cursors[i].value->where, path_of(cursors[i].path, "id"),
                              "duplicate id " + in_quotes(routes[i].id) + "; first at " +
                                  in.problems().to_text(cursors[first->second].value->where),
                              "give each route its own");
    }
}

} // namespace

void read_routes(block& top, snapshot& into) {
    auto& in = top.in();
    const std::string example = "as in routes: [{match: {path: /hello}, respond: {text: hello}}]";
    index_by_name services, rate_limits, auth;
    for (std::size_t i = 0; i < into.services.size(); ++i)
        services.emplace(into.services[i].name, i);
    for (std::size_t i = 0; i < into.rate_limits.size(); ++i)
        rate_limits.emplace(into.rate_limits[i].name, i);
    for (std::size_t i = 0; i < into.auth.size(); ++i) auth.emplace(into.auth[i].name, i);
    const auto found = top.find("routes");
    if (!found) return top.missing("routes", example);
    const auto cursors = in.list(*found, example);
    if (!cursors) return;
    if (cursors->empty()) in.fail(*found, "no route", example);
    // Resized once: `comparable` holds pointers into it.
    into.routes.resize(cursors->size());
    std::vector<const match_settings*> comparable;
    for (std::size_t i = 0; i < cursors->size(); ++i) {
        const bool good =
            read_route(in, (*cursors)[i], {services, rate_limits, auth}, into.routes[i]);
        comparable.push_back(good ? &into.routes[i].match : nullptr);
    }
    check_ids(in, *cursors, into.routes);
    for (const auto& [later, earlier] : find_conflicts(comparable))
        in.fail((*cursors)[later],
                "this route and " + in_quotes(into.routes[earlier].id) + " at " +
                    in.problems().to_text((*cursors)[earlier].value->where) +
                    " have the same precedence and can match the same request",
                "make one more specific: path, hosts, methods, or more conditions on headers and "
                "query");
}

} // namespace thalamus::config
