// auth, consumers, and what routes say of both: auth, auth_optional, hide_credentials, require.

#include "config/addresses.hpp"
#include "config/sections.hpp"
#include "config/substitute.hpp"

#include <algorithm>

namespace thalamus::config {

namespace {

constexpr std::string_view algorithm_names[] = {"RS256", "RS384", "RS512", "PS256", "PS384",
                                                "PS512", "ES256", "ES384", "ES512", "EdDSA",
                                                "HS256", "HS384", "HS512"};

/// Texts of a list, each once; a single one needs no list.
std::vector<std::string> read_texts(block& from, std::string_view key, const std::string& example) {
    auto& in = from.in();
    std::vector<std::string> texts;
    const auto found = from.find(key);
    if (!found) return texts;
    const auto elements = found->value->type == node::kind::scalar
                              ? std::vector<cursor>{*found}
                              : in.list(*found, example).value_or(std::vector<cursor>{});
    for (const auto& element : elements) {
        auto text = in.text(element);
        if (!text) continue;
        if (std::ranges::find(texts, *text) != texts.end())
            in.fail(element, in.shown(element) + " is here already", "remove it");
        else texts.push_back(std::move(*text));
    }
    return texts;
}

std::optional<credential_source> read_source(reader& in, const cursor& at, bool bearer) {
    using kind = credential_source::kind;
    const auto word = in.text(at);
    if (!word) return std::nullopt;
    if (bearer && *word == "bearer") return credential_source{kind::bearer, ""};
    for (const auto& [prefix, type] : {std::pair<std::string_view, kind>{"header:", kind::header},
                                       {"cookie:", kind::cookie},
                                       {"query:", kind::query}}) {
        if (!word->starts_with(prefix)) continue;
        const auto name = word->substr(prefix.size());
        if (name.empty() || (type != kind::query && !is_token(name))) {
            in.fail(at, in_quotes(name) + " is no name for it",
                    "as in " + std::string(prefix) + "x");
            return std::nullopt;
        }
        return credential_source{type, type == kind::header ? to_lower(name) : name};
    }
    in.fail(at, in.shown(at) + " is no place for a credential",
            std::string("known: ") + (bearer ? "bearer, " : "") +
                "header:NAME, cookie:NAME, query:NAME");
    return std::nullopt;
}

/// They are one place, or one holds the other.
bool overlap(const credential_source& a, const credential_source& b) {
    using kind = credential_source::kind;
    const auto name = [](const credential_source& at) {
        return at.type == kind::bearer ? std::string("authorization") : at.name;
    };
    const bool fields = (a.type == kind::bearer || a.type == kind::header) &&
                        (b.type == kind::bearer || b.type == kind::header);
    return (fields || a.type == b.type) && name(a) == name(b);
}

void read_sources(block& from, std::vector<credential_source>& into, bool bearer) {
    auto& in = from.in();
    const auto found = from.find("from");
    if (!found) return;
    const std::string example = bearer ? "as in [bearer]" : "as in [\"header:X-Api-Key\"]";
    const auto elements = in.list(*found, example);
    if (elements && elements->empty()) in.fail(*found, "no place for a credential", example);
    into.clear();
    for (const auto& element : elements.value_or(std::vector<cursor>{}))
        if (auto source = read_source(in, element, bearer)) {
            if (std::ranges::any_of(into, [&](const auto& at) { return overlap(at, *source); }))
                in.fail(element, in.shown(element) + " is looked at already",
                        "remove it: a credential that is there twice counts for none");
            else into.push_back(std::move(*source));
        }
}

void read_algorithms(block& jwt, jwt_settings& into) {
    auto& in = jwt.in();
    const auto found = jwt.find("algorithms");
    const std::string example = "the ones that the issuer signs with, as in [RS256]";
    if (!found) return jwt.missing("algorithms", example);
    const auto elements = in.list(*found, example);
    if (elements && elements->empty()) in.fail(*found, "no algorithm", example);
    const std::vector<std::string_view> known(std::begin(algorithm_names),
                                              std::end(algorithm_names));
    bool secrets = false, keys = false;
    for (const auto& element : elements.value_or(std::vector<cursor>{})) {
        const auto which = in.choice(element, known);
        if (!which) continue;
        (known[*which].starts_with("HS") ? secrets : keys) = true;
        into.algorithms.emplace_back(known[*which]);
    }
    if (secrets && keys)
        in.fail(*found, "secrets (HS...) beside public keys",
                "whoever knows the public key could sign with it: give each a way of its own");
}

void read_key_file(reader& in, const cursor& at, jwt_settings& into) {
    const std::string example = "as in keys: {file: keys.jwks}";
    block keys(in, at, example);
    const auto file = keys.find("file");
    if (!file) {
        keys.missing("file", example);
    } else if (const auto name = in.text(*file)) {
        into.key_file = path_beside(in.place_of(*file).file, *name);
        const auto content =
            name->find('\0') == name->npos ? in.env().read_file(into.key_file) : std::nullopt;
        if (content) into.keys = *content;
        else
            in.fail(*file, "the file " + in.shown(*file) + " cannot be read",
                    "a relative path starts at the folder of this configuration file");
    }
    keys.finish();
}

/// A URL, or a block with the URL and how it is used.
void read_key_url(reader& in, const cursor& at, jwt_settings& into) {
    auto& jwks = into.jwks.emplace();
    const auto read_url = [&](const cursor& where) {
        if (const auto text = in.text(where))
            if (auto url = in.parsed(where, to_http_url(*text))) jwks.url = std::move(*url);
    };
    if (at.value->type == node::kind::scalar) return read_url(at);
    block from(in, at, "as in jwks: {url: http://idp:8080/jwks.json}");
    if (const auto url = from.find("url")) read_url(*url);
    else from.missing("url", "as in http://idp:8080/jwks.json");
    from.duration("timeout", jwks.timeout, milliseconds(10), milliseconds(60'000));
    from.duration("cooldown", jwks.cooldown, milliseconds(100));
    from.duration("keep", jwks.keep, milliseconds(0));
    from.finish();
}

void read_keys(block& jwt, jwt_settings& into) {
    auto& in = jwt.in();
    const auto file = jwt.find("keys"), url = jwt.find("jwks");
    if (file && url) in.fail_key(*url, "keys of a file are there already", "remove one of the two");
    if (file) read_key_file(in, *file, into);
    else if (url) read_key_url(in, *url, into);
    else jwt.missing("jwks", "as in jwks: http://idp:8080/jwks.json, or keys: {file: keys.jwks}");
    const auto secret = std::ranges::any_of(
        into.algorithms, [](const std::string& each) { return each.starts_with("HS"); });
    if (url && !file && secret)
        in.fail_key(*url, "secrets (HS...) are not published",
                    "keep them in a file: keys: {file: keys.jwks}");
}

jwt_settings read_jwt(reader& in, const cursor& at) {
    jwt_settings into;
    block jwt(in, at, "as in {issuer: https://idp.example, audience: [api], ...}");
    jwt.text("issuer", into.issuer);
    if (!jwt.find("issuer")) jwt.missing("issuer", "what `iss` of its tokens is");
    into.audience = read_texts(jwt, "audience", "as in [api]");
    read_algorithms(jwt, into);
    read_keys(jwt, into);
    jwt.duration("leeway", into.leeway, milliseconds(0), milliseconds(600'000));
    jwt.boolean("require_exp", into.require_exp);
    read_sources(jwt, into.from, true);
    jwt.finish();
    return into;
}

api_key_settings read_api_key(reader& in, const cursor& at) {
    api_key_settings into;
    block keys(in, at, "as in {from: [\"header:X-Api-Key\"]}");
    read_sources(keys, into.from, false);
    keys.finish();
    return into;
}

std::optional<auth_settings> read_way(reader& in, const cursor& at) {
    auth_settings into;
    into.name = at.key->text;
    into.where = in.problems().to_place(at.key->where);
    if (!is_name(into.name))
        in.fail_key(at, in_quotes(into.name) + " is not a name for a way to authenticate",
                    "1 to 64 letters, digits, \"_\", \".\" and \"-\"");
    const std::string example = "as in {jwt: {...}} or {api_key: {}}";
    block from(in, at, example);
    from.not_yet({"basic", "introspection", "forward", "client_certificate"});
    const auto jwt = from.find("jwt"), api_key = from.find("api_key");
    if (jwt && api_key) in.fail_key(*api_key, "a second way under one name", "name each by itself");
    if (jwt) into.way = read_jwt(in, *jwt);
    else if (api_key) into.way = read_api_key(in, *api_key);
    else from.missing("jwt", example);
    from.finish();
    return into;
}

std::optional<std::array<unsigned char, 32>> read_digest(reader& in, const cursor& at) {
    const auto text = in.text(at);
    if (!text) return std::nullopt;
    std::array<unsigned char, 32> bytes{};
    const auto digit = [](char c) {
        return c >= '0' && c <= '9'   ? c - '0'
               : c >= 'a' && c <= 'f' ? c - 'a' + 10
               : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                      : -1;
    };
    bool good = text->size() == 2 * bytes.size();
    for (std::size_t i = 0; good && i < bytes.size(); ++i) {
        const int high = digit((*text)[2 * i]), low = digit((*text)[2 * i + 1]);
        good = high >= 0 && low >= 0;
        bytes[i] = static_cast<unsigned char>(high << 4 | low);
    }
    if (good) return bytes;
    // Not shown: it may be the key itself.
    in.fail(at, "this is no SHA-256 in hexadecimal",
            "64 digits, as \"printf %s KEY | sha256sum\" prints them");
    return std::nullopt;
}

void read_api_keys(block& consumer, consumer_settings& into) {
    auto& in = consumer.in();
    const auto found = consumer.find("api_keys");
    const auto elements = found ? in.list(*found, "as in [{sha256: 9f86d0...}]") : std::nullopt;
    for (const auto& element : elements.value_or(std::vector<cursor>{})) {
        block key(in, element, "as in {sha256: 9f86d0...}");
        if (const auto sha256 = key.find("sha256")) {
            if (const auto digest = read_digest(in, *sha256)) into.api_keys.push_back(*digest);
        } else {
            key.missing("sha256", "keys are not written down: their hash is");
        }
        key.finish();
    }
}

consumer_settings read_consumer(reader& in, const cursor& at) {
    consumer_settings into;
    into.where = in.place_of(at);
    block from(in, at, "as in {name: acme, groups: [partners]}");
    if (const auto name = from.find("name")) into.name = in.name(*name, "a consumer").value_or("");
    else from.missing("name", "as in name: acme");
    for (auto& group : read_texts(from, "groups", "as in [partners]")) {
        if (!is_name(group))
            in.fail(*from.find("groups"), in_quotes(group) + " is not a name for a group",
                    "1 to 64 letters, digits, \"_\", \".\" and \"-\"");
        else into.groups.push_back(std::move(group));
    }
    read_api_keys(from, into);
    from.not_yet({"basic"});
    from.finish();
    return into;
}

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
            from.in().fail(*from.find(key), in_quotes(scope) + " is not one scope",
                           "name each by itself, as in [users.read, users.write]");
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

void read_consumers(block& top, std::vector<consumer_settings>& into) {
    auto& in = top.in();
    const auto found = top.find("consumers");
    const auto elements = found ? in.list(*found, "as in [{name: acme}]") : std::nullopt;
    for (const auto& element : elements.value_or(std::vector<cursor>{})) {
        auto consumer = read_consumer(in, element);
        for (const auto& other : into) {
            if (!consumer.name.empty() && other.name == consumer.name)
                in.fail(element, in_quotes(consumer.name) + " is the name of another consumer",
                        "give each its own");
            for (const auto& key : consumer.api_keys)
                if (std::ranges::find(other.api_keys, key) != other.api_keys.end())
                    in.fail(element, "an API key of " + in_quotes(other.name) + " is here, too",
                            "a key says who asks: give each its own");
        }
        into.push_back(std::move(consumer));
    }
}

void read_auth(block& top, std::vector<auth_settings>& into) {
    auto& in = top.in();
    const auto found = top.find("auth");
    if (!found) return;
    const auto members = in.members(*found, "as in {keys: {api_key: {}}}");
    for (const auto& member : members.value_or(std::vector<cursor>{}))
        if (auto way = read_way(in, member)) into.push_back(std::move(*way));
}

void read_route_auth(block& route, const route_scope& scope, route_settings& into) {
    auto& in = route.in();
    into.auth = read_references(route, "auth", scope.auth, "way to authenticate", "auth");
    route.boolean("auth_optional", into.auth_optional);
    route.boolean("hide_credentials", into.hide_credentials);
    read_require(route, into.require);
    const auto needs_auth = [&](std::string_view key, bool used) {
        const auto found = route.find(key);
        if (used && found && !route.find("auth"))
            in.fail_key(*found, "nobody is authenticated on this route", "name a way under auth");
    };
    needs_auth("auth_optional", into.auth_optional);
    needs_auth("hide_credentials", into.hide_credentials);
    needs_auth("require", into.require.of_principal());
    if (const auto found = route.find("auth"); found && into.auth.empty() &&
                                               found->value->type == node::kind::sequence &&
                                               found->value->entries.empty())
        in.fail(*found, "no way to authenticate", "leave auth out for an open route");
}

} // namespace thalamus::config
