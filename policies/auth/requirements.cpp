#include "policies/auth/requirements.hpp"

#include <algorithm>

namespace thalamus::auth {

namespace {

bool has(const std::vector<std::string>& all, const std::string& one) {
    return std::ranges::find(all, one) != all.end();
}

bool has_any(const std::vector<std::string>& all, const std::vector<std::string>& wanted) {
    return std::ranges::any_of(wanted, [&](const auto& one) { return has(all, one); });
}

bool is_accepted(const nlohmann::json& value, const std::vector<std::string>& accepted) {
    std::string text;
    return append_claim_text(value, text) && has(accepted, text);
}

bool is_met(const config::claim_requirement& required, const nlohmann::json& claims) {
    const auto* const value = find_claim(claims, required.name);
    if (!value) return false;
    if (!value->is_array()) return is_accepted(*value, required.accepted);
    return std::ranges::any_of(
        *value, [&](const auto& one) { return is_accepted(one, required.accepted); });
}

} // namespace

bool admits(const config::require_settings& required, const http::client_address& client) {
    if (required.ip.empty() && required.deny_ip.empty()) return true;
    if (!client.known) return false;
    const auto in = [&](const config::network& range) { return range.contains(client.ip); };
    return std::ranges::none_of(required.deny_ip, in) &&
           (required.ip.empty() || std::ranges::any_of(required.ip, in));
}

std::optional<unmet> what_lacks(const config::require_settings& required,
                                const principal& principal) {
    for (const auto& scope : required.scopes)
        if (!has(principal.scopes, scope)) return unmet::scope;
    if (!required.any_scope.empty() && !has_any(principal.scopes, required.any_scope))
        return unmet::scope;
    if (!required.groups.empty() && !has_any(principal.groups, required.groups))
        return unmet::group;
    for (const auto& claim : required.claims)
        if (!is_met(claim, principal.claims)) return unmet::claim;
    return std::nullopt;
}

} // namespace thalamus::auth
