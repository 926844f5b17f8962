// Authentication and authorization of routes: auth, auth_optional, hide_credentials, require.

#include "config/addresses.hpp"
#include "config/sections.hpp"

#include <algorithm>

namespace thalamus::config {

namespace {

std::vector<network> read_networks(block& from, std::string_view key) {
    auto& in = from.in();
    std::vector<network> ranges;
    const auto found = from.find(key);
    const auto elements = found ? in.list(*found, "as in [10.0.0.0/8]") : std::nullopt;
    for (const auto& element : elements.value_or(std::vector<cursor>{}))
        if (const auto text = in.text(element))
            if (const auto range = in.parsed(element, to_network(*text))) ranges.push_back(*range);
    return ranges;
}

/// Scope tokens (RFC 6749 section 3.3).
std::vector<std::string> read_scopes(block& from, std::string_view key) {
    auto scopes = read_texts(from, key, "as in [users.read, users.write]");
    for (const auto& scope : scopes)
        if (!std::ranges::all_of(
                scope, [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; }))
            from.in().fail(*from.find(key), in_quotes(scope) + " is not a single scope",
                           "list each one separately, as in [users.read, users.write]");
    return scopes;
}

void read_claims(block& from, std::vector<claim_requirement>& into) {
    auto& in = from.in();
    const auto found = from.find("claims");
    if (!found) return;
    const auto members = in.members(*found, "as in {tier: [gold, silver]}");
    for (const auto& member : members.value_or(std::vector<cursor>{})) {
        claim_requirement claim{member.key->text, {}};
        const auto elements = member.value->type == node::kind::scalar
                                  ? std::vector<cursor>{member}
                                  : in.list(member, "as in [gold]").value_or(std::vector<cursor>{});
        for (const auto& element : elements)
            if (auto text = in.text(element)) claim.accepted.push_back(std::move(*text));
        if (claim.accepted.empty()) in.fail(member, "no value", "as in [gold, silver]");
        into.push_back(std::move(claim));
    }
}

void read_require(block& route, require_settings& into) {
    auto& in = route.in();
    const auto found = route.find("require");
    if (!found) return;
    block require(in, *found, "as in {scopes: [users.read]}");
    into.scopes = read_scopes(require, "scopes");
    into.any_scope = read_scopes(require, "any_scope");
    into.groups = read_texts(require, "groups", "as in [partners]");
    read_claims(require, into.claims);
    into.ip = read_networks(require, "ip");
    into.deny_ip = read_networks(require, "deny_ip");
    require.finish();
}

} // namespace

void read_route_auth(block& route, const route_scope& scope, route_settings& into) {
    auto& in = route.in();
    into.auth = read_references(route, "auth", scope.auth, "auth method", "auth");
    route.boolean("auth_optional", into.auth_optional);
    route.boolean("hide_credentials", into.hide_credentials);
    read_require(route, into.require);
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

} // namespace thalamus::config
