#include "policies/auth/authenticator.hpp"

#include "policies/auth/credentials.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace thalamus::auth {

namespace {

using std::chrono::system_clock;

/// Longer tokens are not cached: a few would fill the memory meant for thousands.
constexpr std::size_t longest_remembered = 4096;
constexpr std::size_t longest_active = 16 * 1024; // including the introspection response

decision no(decision::outcome result, std::size_t auth_method, reason reason) {
    return {result, nullptr, auth_method, reason, {}};
}
decision bad(std::size_t auth_method, reason reason) {
    return no(decision::outcome::bad, auth_method, reason);
}
decision passed_by(std::size_t auth_method, std::shared_ptr<const principal> principal,
                   bool remembered = false) {
    return {
        decision::outcome::passed, std::move(principal), auth_method, reason::none, {}, remembered};
}

reason to_reason(token_problem problem) {
    switch (problem) {
    case token_problem::malformed: return reason::token_malformed;
    case token_problem::algorithm: return reason::token_algorithm;
    case token_problem::own_key: return reason::token_own_key;
    case token_problem::critical: return reason::token_critical;
    case token_problem::unknown_key: return reason::token_unknown_key;
    case token_problem::signature: return reason::token_signature;
    case token_problem::issuer: return reason::token_issuer;
    case token_problem::audience: return reason::token_audience;
    case token_problem::expired: return reason::token_expired;
    case token_problem::not_yet: return reason::token_not_yet;
    case token_problem::claims: break;
    }
    return reason::token_claims;
}

reason to_reason(unmet requirement) {
    switch (requirement) {
    case unmet::ip: return reason::lacks_address;
    case unmet::scope: return reason::lacks_scope;
    case unmet::group: return reason::lacks_group;
    case unmet::claim: break;
    }
    return reason::lacks_claim;
}

/// The result of the lookup is the decision.
decision by_lookup(std::size_t auth_method, const lookup_result& found) {
    if (found.result == lookup_result::outcome::passed)
        return passed_by(auth_method, found.principal);
    auto result = no(decision::outcome::unavailable, auth_method, found.reason);
    if (found.result == lookup_result::outcome::refused) result.result = decision::outcome::bad;
    if (found.result == lookup_result::outcome::forbidden)
        result.result = decision::outcome::forbidden;
    result.external_auth = found.external_auth;
    return result;
}

/// A token is valid only for the auth method that verified it.
base::sha256_bytes name_of(std::size_t auth_method, std::string_view token) {
    return base::sha256({reinterpret_cast<const char*>(&auth_method), sizeof auth_method}, token);
}

} // namespace

void authenticator::set_keys(std::size_t source, std::shared_ptr<const key_set> keys) {
    issuer_keys_[source] = std::move(keys);
    tokens_.clear(); // some may have been verified by a key that was removed
}

void authenticator::remember(const base::sha256_bytes& token,
                             std::shared_ptr<const principal> principal, std::size_t bytes) {
    if (bytes <= longest_active) active_.add(token, std::move(principal), bytes);
}

std::variant<decision, lookup>
authenticator::decide(const config::route_settings& route, const http::client_address& client,
                      const http::field_list& fields, std::string_view query,
                      system_clock::time_point now, std::span<const lookup_result> found) {
    const auto forbidden = [](unmet requirement, decision result) {
        result.result = decision::outcome::forbidden;
        result.lacks = requirement;
        result.reason = to_reason(requirement);
        return result;
    };
    if (!admits(route.require, client)) return forbidden(unmet::ip, {});
    std::optional<decision> passed;
    presented_credentials tried;
    for (const auto index : route.auth) {
        const auto& auth_method = auth_methods_.all[index];
        attempt* current = nullptr;
        bool several = false;
        if (std::holds_alternative<forward_method>(auth_method.method)) {
            const auto given = find_listed(auth_method.sources, fields);
            several = given.several;
            // The service also sees requests without a credential: it may not require one.
            if (!given.all.empty() || !route.auth_optional) current = &tried.add(given);
        } else {
            auto given = find_credential(auth_method.sources, fields, query);
            several = given.type == credential::kind::several;
            if (given.type != credential::kind::none) current = &tried.add(std::move(given));
        }
        if (several) return bad(index, reason::repeated_credential);
        if (!current || tried.accepted(*current, passed.has_value())) continue;
        auto verified = verify(index, *current, now, found);
        if (std::holds_alternative<lookup>(verified)) return verified;
        auto& result = std::get<decision>(verified);
        // A revocation is final: another auth method may know less about the credential.
        if (result.may_pass() && access_.revoked.covers(*result.principal, now))
            return bad(index, reason::revoked);
        current->good = result.may_pass();
        // An unavailable method might have accepted it, which is not the client's fault.
        if (!current->good &&
            (!current->failure || result.result == decision::outcome::unavailable))
            current->failure = result;
        if (current->good && !passed) passed = std::move(result);
    }
    if (const auto* failure = tried.failure(passed.has_value())) return *failure;
    if (passed) {
        if (const auto lack = what_lacks(route.require, *passed->principal))
            return forbidden(*lack, std::move(*passed));
        return *passed;
    }
    if (route.auth.empty()) return decision{};
    if (!route.auth_optional)
        return no(decision::outcome::missing, decision::none, reason::no_credential);
    // A request without a credential cannot meet requirements on the principal.
    if (route.require.of_principal())
        return no(decision::outcome::missing, decision::none, reason::no_credential);
    return no(decision::outcome::anonymous, decision::none, reason::none);
}

authenticator::result authenticator::verify(std::size_t index, const attempt& credential,
                                            system_clock::time_point now,
                                            std::span<const lookup_result> found) {
    const auto result = std::ranges::find(found, index, &lookup_result::auth_method);
    const auto* known = result == found.end() ? nullptr : &*result;
    return std::visit(
        [&](const auto& method) { return verify_by(method, index, credential, now, known); },
        auth_methods_.all[index].method);
}

authenticator::result authenticator::verify_by(const jwt_method& jwt, std::size_t index,
                                               const attempt& credential,
                                               system_clock::time_point now,
                                               const lookup_result* found) {
    if (credential.value().size() > longest_token) return bad(index, reason::token_malformed);
    const key_set* keys = &jwt.keys;
    if (jwt.source) {
        static const key_set none;
        keys = issuer_keys_[*jwt.source] ? issuer_keys_[*jwt.source].get() : &none;
    }
    const auto name = name_of(index, credential.value());
    if (!keys->keys.empty())
        if (auto known = tokens_.find(name, now)) return passed_by(index, std::move(known), true);
    auto verdict = verify_token(credential.value(), jwt.rules, *keys, now);
    if (const auto* problem = std::get_if<token_problem>(&verdict)) {
        // The issuer may have started to sign with a new key.
        const bool missing = *problem == token_problem::unknown_key && jwt.source;
        if (missing && !found) return lookup{index, keys_lookup{}};
        if (missing && (found->result == lookup_result::outcome::unavailable || keys->keys.empty()))
            return no(decision::outcome::unavailable, index, reason::no_keys);
        return bad(index, to_reason(*problem));
    }
    auto& claims = std::get<token_claims>(verdict);
    auto principal = std::make_shared<const auth::principal>(principal_of_token(
        auth_methods_.all[index].name, "jwt", std::move(claims.all), claims.expires));
    if (credential.value().size() <= longest_remembered)
        tokens_.add(name, principal, credential.value().size());
    return passed_by(index, std::move(principal));
}

authenticator::result authenticator::verify_by(const api_key_method&, std::size_t index,
                                               const attempt& credential, system_clock::time_point,
                                               const lookup_result*) {
    const auto digest = api_keys::digest_of(credential.value());
    auto principal = digest ? auth_methods_.consumers.find(*digest) : nullptr;
    if (digest && !principal) principal = access_.keys.find(*digest);
    if (!principal && !access_.complete.load(std::memory_order_relaxed))
        return no(decision::outcome::unavailable, index, reason::no_store);
    if (!principal) return bad(index, reason::api_key_unknown);
    return passed_by(index, std::move(principal));
}

authenticator::result authenticator::verify_by(const basic_method&, std::size_t index,
                                               const attempt& credential,
                                               system_clock::time_point now,
                                               const lookup_result* found) {
    if (found) return by_lookup(index, *found);
    const auto given = parse_basic_credentials(credential.value());
    if (!given) return bad(index, reason::basic_malformed);
    const auto name = name_of(*given);
    if (auto known = passwords_.find(name, now)) return passed_by(index, std::move(known));
    auto check = auth_methods_.users.lookup(*given, name);
    if (!check) return bad(index, reason::wrong_password);
    return lookup{index, std::move(*check)};
}

authenticator::result authenticator::verify_by(const introspection_method&, std::size_t index,
                                               const attempt& credential,
                                               system_clock::time_point now,
                                               const lookup_result* found) {
    if (found) return by_lookup(index, *found);
    if (credential.value().size() > longest_token) return bad(index, reason::token_malformed);
    const auto name = name_of(index, credential.value());
    if (auto known = active_.find(name, now)) return passed_by(index, std::move(known), true);
    return lookup{index, token_lookup{name, std::string(credential.value())}};
}

authenticator::result authenticator::verify_by(const forward_method&, std::size_t index,
                                               const attempt& credential, system_clock::time_point,
                                               const lookup_result* found) {
    if (!found) {
        external_auth_lookup request;
        for (const auto& [field, part] : credential.places) {
            // Several Cookie lines form one list (RFC 9113 section 8.2.3).
            if (!request.fields.empty() && http::iequals(request.fields.back().first, field->name))
                request.fields.back().second.append("; ").append(field->value);
            else request.fields.emplace_back(field->name, field->value);
        }
        return lookup{index, std::move(request)};
    }
    auto result = by_lookup(index, *found);
    if (result.result == decision::outcome::bad && credential.places.empty())
        result.result = decision::outcome::missing;
    return result;
}

std::vector<std::string> challenges(const auth_methods& methods,
                                    const config::route_settings& route, const decision& refusal) {
    std::vector<std::string> all;
    for (const auto index : route.auth) {
        const auto& method = methods.all[index];
        if (const auto* basic = std::get_if<basic_method>(&method.method)) {
            all.push_back("Basic realm=\"" + basic->realm + "\", charset=\"UTF-8\"");
            continue;
        }
        if (std::holds_alternative<forward_method>(method.method)) {
            const auto* said = refusal.auth_method == index ? refusal.external_auth.get() : nullptr;
            if (said && !said->challenges.empty())
                all.insert(all.end(), said->challenges.begin(), said->challenges.end());
            else all.push_back("Forward realm=\"" + method.name + "\"");
            continue;
        }
        const bool token = !std::holds_alternative<api_key_method>(method.method);
        std::string text = token ? "Bearer" : "ApiKey";
        text += " realm=\"" + method.name + "\"";
        if (token && refusal.auth_method == index && refusal.result == decision::outcome::bad)
            text += ", error=\"invalid_token\", error_description=\"" +
                    std::string(to_text(refusal.reason)) + "\"";
        if (token && refusal.lacks == unmet::scope) {
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
