#include "policies/auth/auth_methods.hpp"

#include "config/header_names.hpp"
#include "config/scalars.hpp"
#include "policies/auth/introspection.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace thalamus::auth {

namespace {

struct make_method {
    auth_methods& methods;
    auth_method& made;
    const config::place& location;

    void problem(const std::string& text, const std::string& remedy) const {
        methods.problems.push_back({location.file, location.line, location.column,
                                    "auth." + made.name + ".jwt.keys.file", text, remedy});
    }

    void operator()(const config::jwt_settings& settings) const {
        made.sources = settings.from;
        jwt_method jwt;
        jwt.rules.issuer = settings.issuer;
        jwt.rules.audience = settings.audience;
        for (const auto& name : settings.algorithms)
            jwt.rules.algorithms.push_back(*algorithm_named(name));
        jwt.rules.leeway = settings.leeway;
        if (settings.audience.empty())
            methods.warnings.push_back(fmt::format(
                "auth {}: without audience, tokens that {} issues for others are accepted",
                made.name, settings.issuer));
        jwt.rules.require_exp = settings.require_exp;
        if (settings.jwks) jwt.source = source_of(*settings.jwks);
        else read_file(settings, jwt);
        made.method = std::move(jwt);
    }
    void read_file(const config::jwt_settings& settings, jwt_method& jwt) const {
        auto parsed = parse_key_set(settings.keys);
        if (const auto* reason = std::get_if<std::string>(&parsed))
            return problem(
                fmt::format("{} is not a JSON Web Key Set: {}", settings.key_file, *reason),
                "as in {\"keys\": [{\"kty\": \"RSA\", ...}]} (RFC 7517)");
        jwt.keys = std::get<key_set>(std::move(parsed));
        for (const auto& reason : jwt.keys.left_out)
            methods.warnings.push_back(
                fmt::format("auth {}: {}: left out: {}", made.name, settings.key_file, reason));
        // A key for none of the algorithms is useless here, but harmless.
        if (std::ranges::none_of(jwt.keys.keys, [&](const verification_key& key) {
                return std::ranges::any_of(jwt.rules.algorithms,
                                           [&](algorithm a) { return key.fits(a); });
            }))
            problem(fmt::format("{} contains no key for {}{}", settings.key_file,
                                fmt::join(settings.algorithms, ", "),
                                jwt.keys.left_out.empty() ? "" : "; " + jwt.keys.left_out.front()),
                    "add one, or correct algorithms");
    }
    std::size_t source_of(const config::key_url_settings& settings) const {
        auto& sources = methods.key_sources;
        const auto found =
            std::ranges::find(sources, settings.text, &config::key_url_settings::text);
        const auto index = static_cast<std::size_t>(found - sources.begin());
        if (found == sources.end()) {
            sources.push_back(settings);
        } else if (found->timeout != settings.timeout || found->cooldown != settings.cooldown ||
                   found->keep != settings.keep) {
            methods.problems.push_back(
                {location.file, location.line, location.column, "auth." + made.name + ".jwt.jwks",
                 settings.text + " is fetched for another auth method with other settings",
                 "use the same timeout, cooldown and keep: it is fetched once for both"});
        }
        return index;
    }
    void operator()(const config::api_key_settings& settings) const {
        made.sources = settings.from;
        made.method = api_key_method{};
    }
    void operator()(const config::basic_settings& settings) const {
        made.sources = settings.from;
        made.method = basic_method{settings.realm};
    }
    void operator()(const config::introspection_settings& settings) const {
        made.sources = settings.from;
        made.method = introspection_method{
            settings, client_authorization(settings.client_id, settings.client_secret)};
    }
    void operator()(const config::forward_settings& settings) const {
        made.sources = settings.from;
        made.method = forward_method{settings};
    }
};

/// An auth method that looks in a header that no client can send would find nothing.
void find_overlaps(auth_methods& methods, const config::auth_settings& settings,
                   const config::forward_settings& external_auth) {
    for (const auto& name : external_auth.copy) {
        const auto lower = config::to_lower(name);
        if (!config::is_assertion(lower)) continue;
        for (const auto& other : methods.all)
            for (const auto& source : other.sources)
                if (source.type == config::credential_source::kind::header && source.name == lower)
                    methods.problems.push_back(
                        {settings.where.file, settings.where.line, settings.where.column,
                         "auth." + settings.name + ".forward.copy",
                         fmt::format("{} is copied, so clients cannot send it, but {} takes its "
                                     "credential from it",
                                     name, other.name),
                         "use two different headers"});
    }
}

} // namespace

auth_methods::auth_methods(const config::snapshot& snapshot)
    : consumers(snapshot.consumers),
      users(snapshot.consumers) {
    for (const auto& settings : snapshot.auth) {
        auto& made = all.emplace_back();
        made.name = settings.name;
        std::visit(make_method{*this, made, settings.where}, settings.auth_method);
    }
    for (const auto& settings : snapshot.auth)
        if (const auto* external_auth =
                std::get_if<config::forward_settings>(&settings.auth_method))
            find_overlaps(*this, settings, *external_auth);
}

} // namespace thalamus::auth
