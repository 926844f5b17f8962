#include "policies/auth/token.hpp"

#include "base/base64url.hpp"
#include "base/json_object.hpp"

#include <algorithm>
#include <cmath>

namespace thalamus::auth {

namespace {

using nlohmann::json;
using std::chrono::system_clock;

std::optional<json> decode_object(std::string_view encoded) {
    const auto text = base::decode_base64url(encoded);
    return text ? base::parse_object(*text) : std::nullopt;
}

/// A NumericDate (RFC 7519 section 2); sets `good` to false if it is invalid. Absent: nothing.
std::optional<double> date(const json& claims, const char* name, bool& good) {
    const auto found = claims.find(name);
    if (found == claims.end()) return std::nullopt;
    constexpr double latest = 253402300799; // the end of the year 9999, which means never
    const double seconds = found->is_number() ? found->get<double>() : -1;
    if (!(seconds >= 0 && seconds <= latest)) good = false;
    return seconds;
}

bool is_for(const json& claims, const std::vector<std::string>& audience, bool& good) {
    const auto claim = claims.find("aud");
    if (audience.empty()) return true;
    if (claim == claims.end()) return false;
    const auto is_one = [&](const json& name) {
        if (!name.is_string()) good = false;
        else
            return std::ranges::find(audience, name.get_ref<const std::string&>()) !=
                   audience.end();
        return false;
    };
    if (!claim->is_array()) return is_one(*claim);
    bool found = false;
    for (const auto& name : *claim) found |= is_one(name);
    return found;
}

} // namespace

std::optional<token_parts> split_token(std::string_view token) {
    if (token.size() > longest_token) return std::nullopt;
    const auto first = token.find('.');
    if (first == token.npos) return std::nullopt;
    const auto second = token.find('.', first + 1);
    if (second == token.npos || token.find('.', second + 1) != token.npos) return std::nullopt;
    return token_parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
                       token.substr(second + 1), token.substr(0, second)};
}

std::variant<token_head, token_problem> read_head(std::string_view encoded,
                                                  const std::vector<algorithm>& pinned) {
    const auto head = decode_object(encoded);
    if (!head) return token_problem::malformed;
    for (const auto* name : {"jwk", "jku", "x5u"})
        if (head->contains(name)) return token_problem::own_key;
    if (head->contains("crit")) return token_problem::critical; // no extension is supported
    const auto alg = head->find("alg");
    if (alg == head->end() || !alg->is_string()) return token_problem::malformed;
    const auto named = algorithm_named(alg->get_ref<const std::string&>());
    if (!named || std::ranges::find(pinned, *named) == pinned.end())
        return token_problem::algorithm;
    const auto kid = head->find("kid");
    if (kid == head->end()) return token_head{*named, {}};
    if (!kid->is_string() || kid->get_ref<const std::string&>().empty())
        return token_problem::malformed;
    return token_head{*named, kid->get<std::string>()};
}

std::variant<system_clock::time_point, token_problem> lifetime_of(const json& claims,
                                                                  std::chrono::milliseconds leeway,
                                                                  bool require_exp,
                                                                  system_clock::time_point now) {
    bool good = true;
    const auto exp = date(claims, "exp", good), nbf = date(claims, "nbf", good),
               iat = date(claims, "iat", good);
    if (!good || (!exp && require_exp)) return token_problem::claims;
    const double seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
    const double apart = std::chrono::duration<double>(leeway).count();
    if (exp && seconds >= *exp + apart) return token_problem::expired;
    if ((nbf && seconds < *nbf - apart) || (iat && seconds < *iat - apart))
        return token_problem::not_yet;
    constexpr double end_of_clock = 9e9;
    if (!exp || *exp + apart >= end_of_clock) return system_clock::time_point::max();
    return system_clock::time_point(std::chrono::duration_cast<system_clock::duration>(
        std::chrono::duration<double>(*exp + apart)));
}

std::variant<token_claims, token_problem>
read_claims(std::string_view encoded, const token_rules& rules, system_clock::time_point now) {
    auto claims = decode_object(encoded);
    if (!claims) return token_problem::malformed;
    bool good = true;
    const auto iss = claims->find("iss");
    if (iss == claims->end() || !iss->is_string() ||
        iss->get_ref<const std::string&>() != rules.issuer)
        return token_problem::issuer;
    const bool ours = is_for(*claims, rules.audience, good);
    const auto life = lifetime_of(*claims, rules.leeway, rules.require_exp, now);
    const auto* problem = std::get_if<token_problem>(&life);
    if (!good || (problem && *problem == token_problem::claims)) return token_problem::claims;
    if (!ours) return token_problem::audience;
    if (problem) return *problem;
    return token_claims{std::move(*claims), std::get<system_clock::time_point>(life)};
}

std::variant<token_claims, token_problem> verify_token(std::string_view token,
                                                       const token_rules& rules,
                                                       const key_set& keys,
                                                       system_clock::time_point now) {
    const auto parts = split_token(token);
    if (!parts) return token_problem::malformed;
    const auto head = read_head(parts->head, rules.algorithms);
    if (const auto* problem = std::get_if<token_problem>(&head)) return *problem;
    const auto signature = base::decode_base64url(parts->signature);
    if (!signature) return token_problem::malformed;
    const auto& named = std::get<token_head>(head);
    // Without a kid any key may match, but a client must not make us try them all.
    constexpr std::size_t most_tried = 4;
    const auto candidates = keys.find(named.kid, named.algorithm);
    const bool known = !candidates.empty() && candidates.size() <= most_tried;
    if (known && std::ranges::any_of(candidates, [&](const auto* key) {
            return key->verify(named.algorithm, parts->signed_text, *signature);
        }))
        return read_claims(parts->payload, rules, now);
    if (known && !named.kid.empty() && candidates.front()->kid() == named.kid)
        return token_problem::signature;
    // The issuer may have just started to use the key. A lookup is only worthwhile for a token that
    // is valid otherwise.
    const auto claims = read_claims(parts->payload, rules, now);
    const auto* problem = std::get_if<token_problem>(&claims);
    return problem ? *problem : token_problem::unknown_key;
}

} // namespace thalamus::auth
