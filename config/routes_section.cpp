#include "config/conflicts.hpp"
#include "config/route_parts.hpp"
#include "config/routes_description.hpp"
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

void read_conditions(reader& in, const cursor& at, bool headers, std::vector<header_match>& into) {
    const auto members =
        in.members(at, headers ? "as in {X-Version: \"2\"}" : "as in {beta: \"1\"}");
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
    describe(match, into.match);
    const auto path = match.find("path"), methods = match.find("methods");
    const bool is_parsed = !into.match.path.source.empty();
    if (is_parsed) check_allowed(in, *path, into);
    match.finish();
    return is_parsed && (!methods || methods->value->type == node::kind::sequence);
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
    read_header_edits(from, scope, into);
    if (const auto timeout = from.find("timeout")) into.timeout = in.duration(*timeout);
    if (const auto body = from.find("body")) into.body = in.size(*body, 0, 1ull << 40);
    into.rate_limits =
        read_references(from, "rate_limit", scope.rate_limits, "rate limit", "rate_limits");
    read_action(from, scope, into);
    from.not_yet({"priority", "cache", "fallback", "aggregate", "mirror"});
    from.finish();
    return comparable;
}

void write_route(block_writer& route, const snapshot& all, const route_settings& from) {
    route.text("id", from.id);
    route.nested("match", from.match);
    if (from.allow_encoded_slash) route.append("allow_in_path", "encoded_slash");
    if (from.allow_semicolon) route.append("allow_in_path", "semicolon");
    write_rewrite(route, from.rewrite);
    write_header_edits(route, from);
    route.nested("cors", from.cors);
    route.duration("timeout", from.timeout.value_or(all.timeouts.request));
    route.size("body", from.body.value_or(all.limits.body));
    write_route_auth(route, all, from);
    for (const auto index : from.rate_limits)
        route.append("rate_limit", all.rate_limits[index].name);
    write_action(route, all, from);
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

std::optional<path_pattern> read_path_pattern(reader& in, const cursor& at) {
    const auto text = in.text(at);
    return text ? in.parsed(at, parse_path_pattern(*text)) : std::nullopt;
}

std::string to_text(const path_pattern& pattern) { return pattern.source; }

std::optional<std::vector<std::string>> read_matched_methods(reader& in, const cursor& at) {
    auto methods = read_methods(in, at);
    if (methods && at.value->entries.empty())
        in.fail(at, "no method", "leave methods out to match every method");
    return methods;
}

std::optional<std::vector<std::string>> read_host_patterns(reader& in, const cursor& at) {
    const auto elements = in.list(at, "as in [api.example.com]");
    if (elements && elements->empty())
        in.fail(at, "no host", "leave hosts out to match every host");
    return read_each<std::string>(elements,
                                  [&](const cursor& element) -> std::optional<std::string> {
                                      const auto text = in.text(element);
                                      if (!text) return std::nullopt;
                                      return in.parsed(element, to_host_pattern(*text));
                                  });
}

void read_header_conditions(reader& in, const cursor& at, std::vector<header_match>& into) {
    read_conditions(in, at, true, into);
}

void read_query_conditions(reader& in, const cursor& at, std::vector<header_match>& into) {
    read_conditions(in, at, false, into);
}

void write_conditions(block_writer& out, std::string_view key,
                      const std::vector<header_match>& from) {
    if (from.empty()) return;
    out.nested(key, [&](block_writer& conditions) {
        for (const auto& condition : from) conditions.text(condition.name, condition.value);
    });
}

std::vector<std::size_t> read_references(block& route, std::string_view key,
                                         const index_by_name& known, std::string_view kind,
                                         std::string_view section) {
    auto& in = route.in();
    std::vector<std::size_t> indices;
    const auto found = route.find(key);
    if (!found) return indices;
    const auto elements = in.list_or_one(*found, "as in [NAME]");
    for (const auto& element : elements.value_or(std::vector<cursor>{})) {
        const auto name = in.text(element);
        if (!name) continue;
        const auto entry = known.find(*name);
        if (entry == known.end()) {
            std::vector<std::string_view> names;
            for (const auto& other : known) names.push_back(other.first);
            std::sort(names.begin(), names.end());
            in.fail(element, "there is no " + std::string(kind) + " " + in.shown(element),
                    did_you_mean(*name, names, "define it under " + std::string(section)));
        } else if (std::ranges::find(indices, entry->second) != indices.end()) {
            in.fail(element,
                    in.shown(element) + " is in this route's " + std::string(key) + " already",
                    "remove it");
        } else {
            indices.push_back(entry->second);
        }
    }
    return indices;
}

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

void write_routes(block_writer& top, const snapshot& from) {
    top.objects("routes", from.routes, [&](block_writer& object, const route_settings& route) {
        write_route(object, from, route);
    });
}

} // namespace thalamus::config
