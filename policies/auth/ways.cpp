#include "policies/auth/ways.hpp"

#include "config/header_names.hpp"
#include "config/scalars.hpp"
#include "policies/auth/introspection.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace thalamus::auth {

namespace {

struct make_way {
    ways& into;
    way& made;
    const config::place& where;

    void problem(const std::string& what, const std::string& remedy) const {
        into.problems.push_back({where.file, where.line, where.column,
                                 "auth." + made.name + ".jwt.keys.file", what, remedy});
    }

    void operator()(const config::jwt_settings& settings) const {
        made.from = settings.from;
        jwt_way jwt;
        jwt.rules.issuer = settings.issuer;
        jwt.rules.audience = settings.audience;
        for (const auto& name : settings.algorithms)
            jwt.rules.algorithms.push_back(*algorithm_named(name));
        jwt.rules.leeway = settings.leeway;
        if (settings.audience.empty())
            into.warnings.push_back(fmt::format(
                "auth {}: without audience, tokens that {} issues for others are accepted",
                made.name, settings.issuer));
        jwt.rules.require_exp = settings.require_exp;
        if (settings.jwks) jwt.source = source_of(*settings.jwks);
        else read_file(settings, jwt);
        made.how = std::move(jwt);
    }
    void read_file(const config::jwt_settings& settings, jwt_way& jwt) const {
        auto parsed = parse_key_set(settings.keys);
        if (const auto* why = std::get_if<std::string>(&parsed))
            return problem(fmt::format("{} is no JSON Web Key Set: {}", settings.key_file, *why),
                           "as in {\"keys\": [{\"kty\": \"RSA\", ...}]} (RFC 7517)");
        jwt.keys = std::get<key_set>(std::move(parsed));
        for (const auto& why : jwt.keys.left_out)
            into.warnings.push_back(
                fmt::format("auth {}: {}: left out: {}", made.name, settings.key_file, why));
        // A key that none of the algorithms is for is of no use here, but of no harm.
        if (std::ranges::none_of(jwt.keys.keys, [&](const verification_key& key) {
                return std::ranges::any_of(jwt.rules.algorithms,
                                           [&](algorithm each) { return key.fits(each); });
            }))
            problem(fmt::format("{} holds no key for {}{}", settings.key_file,
                                fmt::join(settings.algorithms, ", "),
                                jwt.keys.left_out.empty() ? "" : "; " + jwt.keys.left_out.front()),
                    "add one, or correct algorithms");
    }
    std::size_t source_of(const config::key_url_settings& settings) const {
        auto& sources = into.key_sources;
        const auto at = std::ranges::find(sources, settings.text, &config::key_url_settings::text);
        const auto index = static_cast<std::size_t>(at - sources.begin());
        if (at == sources.end()) {
            sources.push_back(settings);
        } else if (at->timeout != settings.timeout || at->cooldown != settings.cooldown ||
                   at->keep != settings.keep) {
            into.problems.push_back(
                {where.file, where.line, where.column, "auth." + made.name + ".jwt.jwks",
                 settings.text + " is fetched for another way with other settings",
                 "it is fetched once for both: write the same timeout, cooldown and keep"});
        }
        return index;
    }
    void operator()(const config::api_key_settings& settings) const {
        made.from = settings.from;
        made.how = api_key_way{};
    }
    void operator()(const config::basic_settings& settings) const {
        made.from = settings.from;
        made.how = basic_way{settings.realm};
    }
    void operator()(const config::introspection_settings& settings) const {
        made.from = settings.from;
        made.how = introspection_way{
            settings, client_authorization(settings.client_id, settings.client_secret)};
    }
    void operator()(const config::forward_settings& settings) const {
        made.from = settings.from;
        made.how = forward_way{settings};
    }
};

/// Where a way looks for what no client can send, it would find nothing.
void find_overlaps(ways& into, const config::auth_settings& settings,
                   const config::forward_settings& outside) {
    for (const auto& name : outside.copy) {
        const auto lower = config::to_lower(name);
        if (!config::is_assertion(lower)) continue;
        for (const auto& other : into.all)
            for (const auto& at : other.from)
                if (at.type == config::credential_source::kind::header && at.name == lower)
                    into.problems.push_back(
                        {settings.where.file, settings.where.line, settings.where.column,
                         "auth." + settings.name + ".forward.copy",
                         fmt::format("{} is a header by which {} decides, and what is copied no "
                                     "client can send",
                                     name, other.name),
                         "use two names"});
    }
}

} // namespace

ways::ways(const config::snapshot& from) : consumers(from.consumers), users(from.consumers) {
    for (const auto& settings : from.auth) {
        auto& made = all.emplace_back();
        made.name = settings.name;
        std::visit(make_way{*this, made, settings.where}, settings.way);
    }
    for (const auto& settings : from.auth)
        if (const auto* outside = std::get_if<config::forward_settings>(&settings.way))
            find_overlaps(*this, settings, *outside);
}

} // namespace thalamus::auth
