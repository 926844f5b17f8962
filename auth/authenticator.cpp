#include "auth/authenticator.hpp"

#include "auth/credentials.hpp"

#include <algorithm>
#include <vector>

namespace thalamus::auth {

namespace {

using outcome = decision::outcome;
using std::chrono::system_clock;

/// Of longer tokens a few would fill the memory meant for thousands.
constexpr std::size_t longest_remembered = 4096;

decision bad(std::size_t way, std::string_view reason) {
    return {outcome::bad, nullptr, way, reason, {}};
}

/// One credential of a request, which one way of the route or another may verify.
struct attempt {
    std::string value;
    std::optional<decision> failure; // of the first way that tried
    bool good = false;
};

/// A token counts for the way that it was verified by.
policies::sha256_bytes name_of(std::size_t way, std::string_view token) {
    std::string text = std::to_string(way);
    text.append(":").append(token);
    return policies::sha256(text);
}

} // namespace

decision authenticator::decide(const config::route_settings& route,
                               const http::client_address& client, const http::field_list& fields,
                               std::string_view query, system_clock::time_point now) {
    const auto forbidden = [](unmet what, decision of) {
        of.what = outcome::forbidden;
        of.lacks = what;
        of.reason = to_text(what);
        return of;
    };
    if (!admits(route.require, client)) return forbidden(unmet::ip, {});
    std::optional<decision> passed;
    std::vector<attempt> attempts;
    for (const auto index : route.auth) {
        auto found = find_credential(ways_.all[index].from, fields, query);
        if (found.type == credential::kind::none) continue;
        if (found.type == credential::kind::several)
            return bad(index, "the credential is there more than once");
        // Ways may look in one place: tokens of two issuers.
        auto at = std::ranges::find(attempts, found.value, &attempt::value);
        if (at == attempts.end()) at = attempts.insert(at, {std::move(found.value), {}, false});
        if (at->good) continue;
        auto result = verify(index, at->value, now);
        at->good = result.may_pass();
        if (!at->good && !at->failure) at->failure = result;
        if (at->good && !passed) passed = std::move(result);
    }
    // A target might believe the one that nobody has verified.
    for (const auto& each : attempts)
        if (!each.good) return *each.failure;
    if (passed) {
        if (const auto lack = what_lacks(route.require, *passed->who))
            return forbidden(*lack, std::move(*passed));
        return *passed;
    }
    if (route.auth.empty()) return {};
    if (!route.auth_optional)
        return {outcome::missing, nullptr, decision::none, "no credential", {}};
    // What is required of a principal nobody without one can have.
    if (route.require.of_principal())
        return {
            outcome::missing, nullptr, decision::none, "no credential, and one is required", {}};
    return {outcome::anonymous, nullptr, decision::none, {}, {}};
}

decision authenticator::verify(std::size_t index, const std::string& credential,
                               system_clock::time_point now) {
    const auto& by = ways_.all[index];
    const auto passed = [&](std::shared_ptr<const principal> who) {
        return decision{outcome::passed, std::move(who), index, {}, {}};
    };
    if (const auto* jwt = std::get_if<jwt_way>(&by.how)) {
        if (credential.size() > longest_token) return bad(index, to_text(token_problem::malformed));
        const auto name = name_of(index, credential);
        if (auto known = tokens_.find(name, now)) return passed(std::move(known));
        auto verdict = verify_token(credential, jwt->rules, jwt->keys, now);
        if (const auto* why = std::get_if<token_problem>(&verdict))
            return bad(index, to_text(*why));
        auto& claims = std::get<token_claims>(verdict);
        auto who = std::make_shared<const principal>(
            principal_of_token(by.name, std::move(claims.all), claims.expires));
        if (credential.size() <= longest_remembered) tokens_.add(name, who);
        return passed(std::move(who));
    }
    auto who = ways_.consumers.find(credential);
    if (!who) return bad(index, "the API key is not known");
    return passed(std::move(who));
}

std::vector<std::string> challenges(const ways& of, const config::route_settings& route,
                                    const decision& why) {
    std::vector<std::string> all;
    for (const auto index : route.auth) {
        const auto& by = of.all[index];
        const bool token = std::holds_alternative<jwt_way>(by.how);
        std::string text = token ? "Bearer" : "ApiKey";
        text += " realm=\"" + by.name + "\"";
        if (token && why.way == index && why.what == outcome::bad)
            text +=
                ", error=\"invalid_token\", error_description=\"" + std::string(why.reason) + "\"";
        if (token && why.lacks == unmet::scope) {
            text += ", error=\"insufficient_scope\", scope=\"";
            const auto& required = route.require;
            for (const auto* list : {&required.scopes, &required.any_scope})
                for (const auto& scope : *list) {
                    if (!text.ends_with('"')) text += ' ';
                    text += scope;
                }
            text += '"';
        }
        all.push_back(std::move(text));
    }
    return all;
}

} // namespace thalamus::auth
