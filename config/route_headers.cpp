// request_headers, response_headers and cors of a route.

#include "config/header_names.hpp"
#include "config/route_parts.hpp"
#include "config/routes_description.hpp"

#include <algorithm>
#include <set>

namespace thalamus::config {

namespace {

void read_set(reader& in, const cursor& at, message_kind kind, const route_scope& scope,
              std::vector<header_edit>& into, bool lists) {
    const auto members = in.members(at, "as in {X-Name: value}");
    std::set<std::string> names;
    for (const auto& member : members.value_or(std::vector<cursor>{})) {
        const auto name = read_header_name(in, member, member.key->text, kind, scope);
        if (name && !names.insert(to_lower(*name)).second)
            in.fail_key(member, in_quotes(*name) + " is a duplicate: names are case-insensitive",
                        "keep one of them");
        if (name && lists && is_single_field(*name))
            in.fail_key(member, *name + " can occur only once in a message", "write it under set");
        std::vector<cursor> values{member};
        if (lists && member.value->type == node::kind::sequence) values = *in.list(member, "");
        for (const auto& value : values) {
            auto parsed = read_template(in, value, scope);
            if (!parsed) continue;
            if (!is_field_value(skeleton_of(*parsed)))
                in.fail(value, "a header value cannot contain line breaks or control characters",
                        "remove them");
            else if (name) into.push_back({*name, std::move(*parsed)});
        }
    }
}

void read_edits(block& route, std::string_view key, message_kind kind, const route_scope& scope,
                header_edits& into) {
    auto& in = route.in();
    const auto found = route.find(key);
    if (!found) return;
    block edits(in, *found);
    if (const auto set = edits.find("set")) read_set(in, *set, kind, scope, into.set, false);
    if (const auto add = edits.find("add")) read_set(in, *add, kind, scope, into.add, true);
    if (const auto remove = edits.find("remove")) {
        const auto elements = in.list(*remove, "as in [X-Debug]");
        for (const auto& element : elements.value_or(std::vector<cursor>{}))
            if (const auto text = in.text(element))
                if (auto name = read_header_name(in, element, *text, kind, scope))
                    into.remove.push_back(std::move(*name));
    }
    edits.finish();
}

void write_edits(block_writer& route, std::string_view key, const header_edits& from) {
    if (from.empty()) return;
    route.nested(key, [&](block_writer& edits) {
        if (!from.set.empty())
            edits.nested("set", [&](block_writer& set) {
                for (const auto& edit : from.set) set.text(edit.name, edit.value.source);
            });
        if (!from.add.empty())
            edits.nested("add", [&](block_writer& add) {
                for (const auto& edit : from.add) add.append(edit.name, edit.value.source);
            });
        if (!from.remove.empty()) edits.texts("remove", from.remove);
    });
}

} // namespace

std::optional<std::string> read_header_name(reader& in, const cursor& at, const std::string& name,
                                            message_kind kind, const route_scope& scope) {
    const auto lower = to_lower(name);
    const auto refuse = [&](const std::string& message, const std::string& hint) {
        in.fail_key(at, message, hint);
        return std::nullopt;
    };
    if (!is_token(name))
        return refuse(in_quotes(name) + " is not a header name", "as in X-Request-Id");
    if (lower == "host" && kind == message_kind::request)
        return refuse(name + " cannot be edited",
                      "set host in the service, or rewrite.host in the route");
    if (is_protected_field(lower))
        return refuse(name + " cannot be edited", "the gateway sets it for each connection");
    if (scope.has_cors && kind == message_kind::response && lower.starts_with("access-control-"))
        return refuse(name + " conflicts with cors", "cors sets it; remove one of the two");
    if (is_identity_field(lower))
        return refuse(name + " cannot be edited",
                      "it passes the authenticated identity to targets; use another name");
    return name;
}

std::optional<std::string> read_header_value(reader& in, const cursor& at) {
    auto value = in.text(at, true);
    if (value && !is_field_value(*value)) {
        in.fail(at, "a header value cannot contain line breaks or control characters",
                "remove them");
        return std::nullopt;
    }
    return value;
}

void read_header_edits(block& route, const route_scope& scope, route_settings& into) {
    read_edits(route, "request_headers", message_kind::request, scope, into.request_headers);
    read_edits(route, "response_headers", message_kind::response, scope, into.response_headers);
}

void write_header_edits(block_writer& route, const route_settings& from) {
    write_edits(route, "request_headers", from.request_headers);
    write_edits(route, "response_headers", from.response_headers);
}

std::optional<std::vector<std::string>> read_origins(reader& in, const cursor& at) {
    const auto read = [&](const cursor& element) -> std::optional<std::string> {
        const auto text = in.text(element);
        if (!text) return std::nullopt;
        return in.parsed(element, to_origin(*text));
    };
    const auto* example = "as in [\"https://app.example.com\"]";
    return read_each<std::string>(in.list_with_elements(at, example, "no origin"), read);
}

void read_cors(block& route, route_settings& into) {
    auto& in = route.in();
    const auto found = route.find("cors");
    if (!found || in.is_off(*found)) return;
    auto& cors = into.cors.emplace();
    cors.methods = into.match.methods; // empty too: any requested method
    block from(in, *found);
    describe(from, cors);
    from.finish();
    if (cors.credentials &&
        std::find(cors.origins.begin(), cors.origins.end(), "*") != cors.origins.end())
        in.fail(*found, "credentials are allowed for every origin",
                "name the origins, or set credentials: false");
}

} // namespace thalamus::config
