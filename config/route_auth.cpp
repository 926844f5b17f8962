// Authentication and authorization of routes: auth, auth_optional, hide_credentials, require.

#include "config/route_parts.hpp"
#include "config/routes_description.hpp"

#include <algorithm>

namespace thalamus::config {

/// Scope tokens (RFC 6749 section 3.3).
std::optional<std::vector<std::string>> read_scopes(reader& in, const cursor& at) {
    auto scopes = read_texts(in, at, "as in [users.read, users.write]");
    if (!scopes) return std::nullopt;
    for (const auto& scope : *scopes)
        if (!std::ranges::all_of(
                scope, [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; }))
            in.fail(at, in_quotes(scope) + " is not a single scope",
                    "list each one separately, as in [users.read, users.write]");
    return scopes;
}

std::optional<std::vector<std::string>> read_required_groups(reader& in, const cursor& at) {
    return read_texts(in, at, "as in [partners]");
}

void read_claims(reader& in, const cursor& at, std::vector<claim_requirement>& into) {
    const auto members = in.members(at, "as in {tier: [gold, silver]}");
    for (const auto& member : members.value_or(std::vector<cursor>{})) {
        claim_requirement claim{member.key->text, {}};
        const auto elements = in.list_or_one(member, "as in [gold]");
        for (const auto& element : elements.value_or(std::vector<cursor>{}))
            if (auto text = in.text(element)) claim.accepted.push_back(std::move(*text));
        if (claim.accepted.empty()) in.fail(member, "no value", "as in [gold, silver]");
        into.push_back(std::move(claim));
    }
}

void write_claims(block_writer& out, std::string_view key,
                  const std::vector<claim_requirement>& from) {
    if (from.empty()) return;
    out.nested(key, [&](block_writer& claims) {
        for (const auto& claim : from) claims.texts(claim.name, claim.accepted);
    });
}

void read_route_auth(block& route, const route_scope& scope, route_settings& into) {
    auto& in = route.in();
    into.auth = read_references(route, "auth", scope.auth, "auth method", "auth");
    route.boolean("auth_optional", into.auth_optional);
    route.boolean("hide_credentials", into.hide_credentials);
    route.nested("require", into.require, "as in {scopes: [users.read]}");
    const auto needs_auth = [&](std::string_view key, bool used) {
        const auto found = route.find(key);
        if (used && found && !route.find("auth"))
            in.fail_key(*found, "this route has no authentication",
                        "name an auth method under auth");
    };
    needs_auth("auth_optional", into.auth_optional);
    needs_auth("hide_credentials", into.hide_credentials);
    needs_auth("require", into.require.of_principal());
    if (const auto found = route.find("auth"); found && into.auth.empty() &&
                                               found->value->type == node::kind::sequence &&
                                               found->value->entries.empty())
        in.fail(*found, "no auth method", "leave auth out for a route without authentication");
}

void write_route_auth(block_writer& route, const snapshot& all, const route_settings& from) {
    for (const auto index : from.auth) route.append("auth", all.auth[index].name);
    if (from.auth_optional) route.boolean("auth_optional", true);
    if (from.hide_credentials) route.boolean("hide_credentials", true);
    if (!from.require.empty()) route.nested("require", from.require);
}

} // namespace thalamus::config
