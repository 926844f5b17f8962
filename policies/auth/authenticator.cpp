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

decision no(decision::outcome what, std::size_t auth_method, reason why) {
    return {what, nullptr, auth_method, why, {}};
}
decision bad(std::size_t auth_method, reason why) {
    return no(decision::outcome::bad, auth_method, why);
}
decision passed_by(std::size_t auth_method, std::shared_ptr<const principal> who,
                   bool remembered = false) {
    return {decision::outcome::passed, std::move(who), auth_method, reason::none, {}, remembered};
}

reason to_reason(token_problem what) {
    switch (what) {
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

reason to_reason(unmet what) {
    switch (what) {
    case unmet::ip: return reason::lacks_address;
    case unmet::scope: return reason::lacks_scope;
    case unmet::group: return reason::lacks_group;
    case unmet::claim: break;
    }
    return reason::lacks_claim;
}

/// The result of the lookup is the decision.
decision by_finding(std::size_t auth_method, const lookup_result& found) {
    if (found.what == lookup_result::outcome::passed) return passed_by(auth_method, found.who);
    auto how = no(decision::outcome::unavailable, auth_method, found.why);
    if (found.what == lookup_result::outcome::refused) how.what = decision::outcome::bad;
    if (found.what == lookup_result::outcome::forbidden) how.what = decision::outcome::forbidden;
    how.external_auth = found.external_auth;
    return how;
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

void authenticator::remember(const base::sha256_bytes& token, std::shared_ptr<const principal> who,
                             std::size_t bytes) {
    if (bytes <= longest_active) active_.add(token, std::move(who), bytes);
}

std::variant<decision, question>
authenticator::decide(const config::route_settings& route, const http::client_address& client,
                      const http::field_list& fields, std::string_view query,
                      system_clock::time_point now, std::span<const lookup_result> found) {
    const auto forbidden = [](unmet what, decision of) {
        of.what = decision::outcome::forbidden;
        of.lacks = what;
        of.why = to_reason(what);
        return of;
    };
    if (!admits(route.require, client)) return forbidden(unmet::ip, {});
    std::optional<decision> passed;
    presented_credentials tried;
    for (const auto index : route.auth) {
        const auto& auth_method = auth_methods_.all[index];
        attempt* current = nullptr;
        bool several = false;
        if (std::holds_alternative<forward_method>(auth_method.how)) {
            const auto given = find_listed(auth_method.from, fields);
            several = given.several;
            // The service also sees requests without a credential: it may not require one.
            if (!given.all.empty() || !route.auth_optional) current = &tried.of(given);
        } else {
            auto given = find_credential(auth_method.from, fields, query);
            several = given.type == credential::kind::several;
            if (given.type != credential::kind::none) current = &tried.of(std::move(given));
        }
        if (several) return bad(index, reason::repeated_credential);
        if (!current || tried.settled(*current, passed.has_value())) continue;
        auto verified = verify(index, *current, now, found);
        if (std::holds_alternative<question>(verified)) return verified;
        auto& how = std::get<decision>(verified);
        // A revocation is final: another auth method may know less about the credential.
        if (how.may_pass() && access_.revoked.covers(*how.who, now))
            return bad(index, reason::revoked);
        current->good = how.may_pass();
        // An unavailable method might have accepted it, which is not the client's fault.
        if (!current->good && (!current->failure || how.what == decision::outcome::unavailable))
            current->failure = how;
        if (current->good && !passed) passed = std::move(how);
    }
    if (const auto* why = tried.failure(passed.has_value())) return *why;
    if (passed) {
        if (const auto lack = what_lacks(route.require, *passed->who))
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

authenticator::result authenticator::verify(std::size_t index, const attempt& of,
                                            system_clock::time_point now,
                                            std::span<const lookup_result> found) {
    const auto at = std::ranges::find(found, index, &lookup_result::auth_method);
    const auto* known = at == found.end() ? nullptr : &*at;
    return std::visit([&](const auto& how) { return verify_by(how, index, of, now, known); },
                      auth_methods_.all[index].how);
}

authenticator::result authenticator::verify_by(const jwt_method& jwt, std::size_t index,
                                               const attempt& of, system_clock::time_point now,
                                               const lookup_result* found) {
    if (of.value().size() > longest_token) return bad(index, reason::token_malformed);
    const key_set* keys = &jwt.keys;
    if (jwt.source) {
        static const key_set none;
        keys = issuer_keys_[*jwt.source] ? issuer_keys_[*jwt.source].get() : &none;
    }
    const auto name = name_of(index, of.value());
    if (!keys->keys.empty())
        if (auto known = tokens_.find(name, now)) return passed_by(index, std::move(known), true);
    auto verdict = verify_token(of.value(), jwt.rules, *keys, now);
    if (const auto* why = std::get_if<token_problem>(&verdict)) {
        // The issuer may have started to sign with a new key.
        const bool missing = *why == token_problem::unknown_key && jwt.source;
        if (missing && !found) return question{index, keys_question{}};
        if (missing && (found->what == lookup_result::outcome::unavailable || keys->keys.empty()))
            return no(decision::outcome::unavailable, index, reason::no_keys);
        return bad(index, to_reason(*why));
    }
    auto& claims = std::get<token_claims>(verdict);
    auto who = std::make_shared<const principal>(principal_of_token(
        auth_methods_.all[index].name, "jwt", std::move(claims.all), claims.expires));
    if (of.value().size() <= longest_remembered) tokens_.add(name, who, of.value().size());
    return passed_by(index, std::move(who));
}

authenticator::result authenticator::verify_by(const api_key_method&, std::size_t index,
                                               const attempt& of, system_clock::time_point,
                                               const lookup_result*) {
    const auto digest = api_keys::digest_of(of.value());
    auto who = digest ? auth_methods_.consumers.find(*digest) : nullptr;
    if (digest && !who) who = access_.keys.find(*digest);
    if (!who && !access_.complete.load(std::memory_order_relaxed))
        return no(decision::outcome::unavailable, index, reason::no_store);
    if (!who) return bad(index, reason::api_key_unknown);
    return passed_by(index, std::move(who));
}

authenticator::result authenticator::verify_by(const basic_method&, std::size_t index,
                                               const attempt& of, system_clock::time_point now,
                                               const lookup_result* found) {
    if (found) return by_finding(index, *found);
    const auto given = parse_basic_credentials(of.value());
    if (!given) return bad(index, reason::basic_malformed);
    const auto name = name_of(*given);
    if (auto known = passwords_.find(name, now)) return passed_by(index, std::move(known));
    auto check = auth_methods_.users.question(*given, name);
    if (!check) return bad(index, reason::wrong_password);
    return question{index, std::move(*check)};
}

authenticator::result authenticator::verify_by(const introspection_method&, std::size_t index,
                                               const attempt& of, system_clock::time_point now,
                                               const lookup_result* found) {
    if (found) return by_finding(index, *found);
    if (of.value().size() > longest_token) return bad(index, reason::token_malformed);
    const auto name = name_of(index, of.value());
    if (auto known = active_.find(name, now)) return passed_by(index, std::move(known), true);
    return question{index, token_lookup{name, std::string(of.value())}};
}

authenticator::result authenticator::verify_by(const forward_method&, std::size_t index,
                                               const attempt& of, system_clock::time_point,
                                               const lookup_result* found) {
    if (!found) {
        external_auth_lookup what;
        for (const auto& [field, part] : of.places) {
            // Several Cookie lines form one list (RFC 9113 section 8.2.3).
            if (!what.fields.empty() && http::iequals(what.fields.back().first, field->name))
                what.fields.back().second.append("; ").append(field->value);
            else what.fields.emplace_back(field->name, field->value);
        }
        return question{index, std::move(what)};
    }
    auto how = by_finding(index, *found);
    if (how.what == decision::outcome::bad && of.places.empty())
        how.what = decision::outcome::missing;
    return how;
}

std::vector<std::string> challenges(const auth_methods& of, const config::route_settings& route,
                                    const decision& why) {
    std::vector<std::string> all;
    for (const auto index : route.auth) {
        const auto& by = of.all[index];
        if (const auto* basic = std::get_if<basic_method>(&by.how)) {
            all.push_back("Basic realm=\"" + basic->realm + "\", charset=\"UTF-8\"");
            continue;
        }
        if (std::holds_alternative<forward_method>(by.how)) {
            const auto* said = why.auth_method == index ? why.external_auth.get() : nullptr;
            if (said && !said->challenges.empty())
                all.insert(all.end(), said->challenges.begin(), said->challenges.end());
            else all.push_back("Forward realm=\"" + by.name + "\"");
            continue;
        }
        const bool token = !std::holds_alternative<api_key_method>(by.how);
        std::string text = token ? "Bearer" : "ApiKey";
        text += " realm=\"" + by.name + "\"";
        if (token && why.auth_method == index && why.what == decision::outcome::bad)
            text += ", error=\"invalid_token\", error_description=\"" +
                    std::string(to_text(why.why)) + "\"";
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
