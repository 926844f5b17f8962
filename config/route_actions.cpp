// The action of a route: service, split, respond or redirect.

#include "config/header_names.hpp"
#include "config/notations.hpp"
#include "config/route_parts.hpp"

#include <algorithm>
#include <set>

namespace thalamus::config {

namespace {

std::optional<std::size_t> read_service_name(reader& in, const cursor& at,
                                             const route_scope& scope) {
    const auto name = in.text(at);
    if (!name) return std::nullopt;
    if (const auto found = scope.services.find(*name); found != scope.services.end())
        return found->second;
    std::vector<std::string_view> known;
    for (const auto& service : scope.services) known.push_back(service.first);
    std::sort(known.begin(), known.end());
    in.fail(at, "there is no service " + in.shown(at),
            did_you_mean(*name, known, "define it under services"));
    return std::nullopt;
}

split_action read_split(reader& in, const cursor& at, const route_scope& scope) {
    split_action action;
    block split(in, at);
    split.value("on", action.on, hash_source_notation);
    const std::string example = "as in to: [{service: a, weight: 95}, {service: b, weight: 5}]";
    const auto to = split.find("to");
    if (!to) split.missing("to", example);
    const auto elements = to ? in.list(*to, example) : std::nullopt;
    if (elements && elements->empty()) in.fail(*to, "no service", example);
    std::uint64_t weights = 0;
    for (const auto& element : elements.value_or(std::vector<cursor>{})) {
        split_action::share share;
        block from(in, element);
        if (const auto name = from.find("service"))
            share.service = read_service_name(in, *name, scope).value_or(0);
        else from.missing("service", "name the service of this share");
        from.integer("weight", share.weight, 0, 1'000'000);
        from.finish();
        weights += share.weight;
        action.to.push_back(share);
    }
    if (weights == 0 && elements && !elements->empty())
        in.fail(*to, "no service has a weight above 0", "give one of them a weight of 1 or more");
    split.finish();
    return action;
}

/// True for fields that the gateway sets on every local response.
bool is_written_anew(std::string_view name) {
    const auto lower = to_lower(name);
    return lower == "date" || lower == "x-request-id";
}

respond_action read_respond(reader& in, const cursor& at, const route_scope& scope) {
    respond_action action;
    block respond(in, at);
    respond.integer("status", action.status, 200, 599);
    if (const auto headers = respond.find("headers")) {
        const auto members = in.members(*headers, "as in {X-Name: value}");
        std::set<std::string> names;
        for (const auto& member : members.value_or(std::vector<cursor>{})) {
            const auto name =
                read_header_name(in, member, member.key->text, message_kind::response, scope);
            if (name && !names.insert(to_lower(*name)).second)
                in.fail_key(member,
                            in_quotes(*name) + " is a duplicate: names are case-insensitive",
                            "keep one of them, with a list of values");
            if (name && is_written_anew(*name))
                in.fail_key(member, *name + " cannot be set",
                            "the gateway sets it on every response");
            std::vector<cursor> values{member};
            if (member.value->type == node::kind::sequence) values = *in.list(member, "");
            if (name && values.size() > 1 && is_single_field(*name))
                in.fail(member, *name + " can occur only once in a message", "write one value");
            for (const auto& value : values)
                if (auto text = read_header_value(in, value); text && name)
                    action.headers.emplace_back(*name, std::move(*text));
        }
    }
    read_respond_body(respond, action);
    respond.finish();
    return action;
}

redirect_action read_redirect(reader& in, const cursor& at, const route_scope& scope) {
    redirect_action action;
    block redirect(in, at);
    const std::string example = "as in to: \"https://{host}/new\"";
    if (const auto to = redirect.find("to")) {
        if (auto value = read_template(in, *to, scope)) {
            const auto text = skeleton_of(*value);
            const auto start =
                value->parts.empty() || value->parts[0].type != template_part::kind::literal
                    ? std::string()
                    : value->parts[0].text;
            const bool absolute = start.starts_with("http://") || start.starts_with("https://");
            // Browsers take "//x" and "/\x" for another host. A variable right after the slash
            // could produce such a text.
            const bool hole_after_slash = start == "/" && value->parts.size() > 1 &&
                                          value->parts[1].type != template_part::kind::capture;
            const bool local =
                start.starts_with('/') && !start.starts_with("//") && !hole_after_slash;
            if (!absolute && !local)
                in.fail(*to, in.shown(*to) + " is not a redirect target",
                        "start with /, http:// or https://");
            else if (!std::all_of(text.begin(), text.end(),
                                  [](char c) { return c > ' ' && c < 0x7F && c != '\\'; }))
                in.fail(*to, in.shown(*to) + " contains characters that are not allowed in a URL",
                        "percent-encode them");
            else if (text.find('#') != text.npos)
                in.fail(*to, in.shown(*to) + " has a fragment",
                        "the request's query is appended and would be part of it; remove it, or "
                        "write %23");
            action.to = std::move(*value);
        }
    } else {
        redirect.missing("to", example);
    }
    if (const auto status = redirect.find("status")) {
        constexpr std::uint64_t known[] = {301, 302, 303, 307, 308};
        const auto value = in.integer(*status, 0, 999);
        if (value && std::find(std::begin(known), std::end(known), *value) == std::end(known))
            in.fail(*status, std::to_string(*value) + " is not a status for redirects",
                    "one of 301, 302, 303, 307, 308");
        else if (value) action.status = static_cast<unsigned>(*value);
    }
    redirect.finish();
    return action;
}

/// Longer bodies are not shown, only counted for the hash.
constexpr std::size_t longest_shown_body = 4096;

void write_split(block_writer& split, const split_action& from,
                 const std::vector<service_settings>& services) {
    split.value("on", from.on, hash_source_notation);
    split.objects("to", from.to, [&](block_writer& object, const split_action::share& share) {
        object.text("service", services[share.service].name);
        object.integer("weight", share.weight);
    });
}

void write_respond(block_writer& respond, const respond_action& from) {
    respond.integer("status", from.status);
    if (!from.headers.empty())
        respond.nested("headers", [&](block_writer& headers) {
            for (const auto& [name, value] : from.headers) headers.append(name, value);
        });
    const bool shown = from.body.size() <= longest_shown_body && is_utf8(from.body);
    if (respond.whole() || shown) respond.text("text", from.body);
    else respond.integer("body_bytes", from.body.size());
}

void write_redirect(block_writer& redirect, const redirect_action& from) {
    redirect.text("to", from.to.source);
    redirect.integer("status", from.status);
}

} // namespace

void read_action(block& route, const route_scope& scope, route_settings& into) {
    auto& in = route.in();
    const auto service = route.find("service"), split = route.find("split"),
               respond = route.find("respond"), redirect = route.find("redirect");
    std::vector<const cursor*> given;
    for (const auto* action : {&service, &split, &respond, &redirect})
        if (*action) given.push_back(&**action);
    // An aggregate is reported as not supported yet; do not report a missing action as well.
    if (given.empty() && !route.find("aggregate"))
        in.fail(route.at(), "the route has no action",
                "give it one of service, split, respond or redirect");
    // Two actions are reported once, at the second. Each is still checked.
    if (given.size() > 1)
        in.fail_key(*given[1], "the route has more than one action",
                    "keep one of service, split, respond and redirect");
    if (service) into.action = service_action{read_service_name(in, *service, scope).value_or(0)};
    if (split) into.action = read_split(in, *split, scope);
    if (respond) into.action = read_respond(in, *respond, scope);
    if (redirect) into.action = read_redirect(in, *redirect, scope);
}

void write_action(block_writer& route, const snapshot& all, const route_settings& from) {
    if (const auto* action = std::get_if<service_action>(&from.action))
        route.text("service", all.services[action->service].name);
    if (const auto* action = std::get_if<split_action>(&from.action))
        route.nested("split", [&](auto& split) { write_split(split, *action, all.services); });
    if (const auto* action = std::get_if<respond_action>(&from.action))
        route.nested("respond", [&](auto& respond) { write_respond(respond, *action); });
    if (const auto* action = std::get_if<redirect_action>(&from.action))
        route.nested("redirect", [&](auto& redirect) { write_redirect(redirect, *action); });
}

} // namespace thalamus::config
