// auth: the named auth methods.

#include "config/addresses.hpp"
#include "config/algorithm_names.hpp"
#include "config/sections.hpp"
#include "config/substitute.hpp"

#include <algorithm>

namespace thalamus::config {

namespace {

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
            in.fail(at, in_quotes(name) + " is not a valid name",
                    "as in " + std::string(prefix) + "x");
            return std::nullopt;
        }
        return credential_source{type, type == kind::header ? to_lower(name) : name};
    }
    in.fail(at, in.shown(at) + " is not a credential source here",
            std::string("known: ") + (bearer ? "bearer, " : "") +
                "header:NAME, cookie:NAME, query:NAME");
    return std::nullopt;
}

/// True if both are the same source, or one contains the other.
bool overlap(const credential_source& a, const credential_source& b) {
    using kind = credential_source::kind;
    const auto name = [](const credential_source& at) {
        return at.type == kind::bearer ? std::string("authorization") : at.name;
    };
    const bool fields = (a.type == kind::bearer || a.type == kind::header) &&
                        (b.type == kind::bearer || b.type == kind::header);
    return (fields || a.type == b.type) && name(a) == name(b);
}

void read_algorithms(block& jwt, jwt_settings& into) {
    auto& in = jwt.in();
    const auto found = jwt.find("algorithms");
    const std::string example = "list those that the issuer signs with, as in [RS256]";
    if (!found) return jwt.missing("algorithms", example);
    const auto elements = in.list(*found, example);
    if (elements && elements->empty()) in.fail(*found, "no algorithm", example);
    const std::vector<std::string_view> known(algorithm_names.begin(), algorithm_names.end());
    bool secrets = false, keys = false;
    for (const auto& element : elements.value_or(std::vector<cursor>{})) {
        const auto which = in.choice(element, known);
        if (!which) continue;
        (known[*which].starts_with("HS") ? secrets : keys) = true;
        into.algorithms.emplace_back(known[*which]);
    }
    if (secrets && keys)
        in.fail(*found, "shared secrets (HS...) are mixed with public keys",
                "anyone who knows the public key could sign with it: use two auth methods");
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

/// A URL, or a block with the URL and the settings of its use.
void read_key_url(reader& in, const cursor& at, jwt_settings& into) {
    auto& jwks = into.jwks.emplace();
    const auto read_url = [&](const cursor& where) {
        if (const auto text = in.text(where))
            if (auto url = in.parsed(where, to_http_url(*text))) {
                jwks.text = *text;
                jwks.url = std::move(*url);
            }
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
    if (file && url)
        in.fail_key(*url, "the keys come from a file already", "remove one of the two");
    if (file) read_key_file(in, *file, into);
    else if (url) read_key_url(in, *url, into);
    else jwt.missing("jwks", "as in jwks: http://idp:8080/jwks.json, or keys: {file: keys.jwks}");
    const auto secret = std::ranges::any_of(
        into.algorithms, [](const std::string& each) { return each.starts_with("HS"); });
    if (url && !file && secret)
        in.fail_key(*url, "shared secrets (HS...) cannot be fetched from a URL",
                    "keep them in a file: keys: {file: keys.jwks}");
}

jwt_settings read_jwt(reader& in, const cursor& at) {
    jwt_settings into;
    block jwt(in, at, "as in {issuer: https://idp.example, audience: [api], ...}");
    jwt.text("issuer", into.issuer);
    if (!jwt.find("issuer")) jwt.missing("issuer", "the value of `iss` in its tokens");
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

basic_settings read_basic(reader& in, const cursor& at, const std::string& name) {
    basic_settings into;
    into.realm = name;
    block basic(in, at, "as in {realm: api}");
    if (const auto found = basic.find("realm"))
        if (const auto realm = in.text(*found)) {
            if (std::ranges::all_of(
                    *realm, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }))
                into.realm = *realm;
            else
                in.fail(*found, in.shown(*found) + " is not a valid realm",
                        "visible ASCII and spaces, without quotes and backslashes");
        }
    basic.finish();
    return into;
}

std::optional<auth_settings> read_auth_method(reader& in, const cursor& at) {
    auth_settings into;
    into.name = at.key->text;
    into.where = in.problems().to_place(at.key->where);
    if (!is_name(into.name))
        in.fail_key(at, in_quotes(into.name) + " is not a valid name for an auth method",
                    "1 to 64 letters, digits, \"_\", \".\" and \"-\"");
    const std::string example = "as in {jwt: {...}}; or api_key, basic, introspection, forward";
    block from(in, at, example);
    from.not_yet({"client_certificate"});
    std::optional<cursor> auth_method;
    // True for the first method that is present. A second one under the same name is reported.
    const auto is = [&](std::string_view key) {
        const auto found = from.find(key);
        if (found && auth_method)
            in.fail_key(*found, "a second auth method under one name", "give each its own name");
        const bool first = found && !auth_method;
        if (first) auth_method = found;
        return first;
    };
    if (is("jwt")) into.auth_method = read_jwt(in, *auth_method);
    if (is("api_key")) into.auth_method = read_api_key(in, *auth_method);
    if (is("basic")) into.auth_method = read_basic(in, *auth_method, into.name);
    if (is("introspection")) into.auth_method = read_introspection(in, *auth_method);
    if (is("forward")) into.auth_method = read_forward(in, *auth_method);
    if (!auth_method) from.missing("jwt", example);
    from.finish();
    return into;
}

} // namespace

void read_sources(block& from, std::vector<credential_source>& into, bool bearer) {
    auto& in = from.in();
    const auto found = from.find("from");
    if (!found) return;
    const std::string example = bearer ? "as in [bearer]" : "as in [\"header:X-Api-Key\"]";
    const auto elements = in.list(*found, example);
    if (elements && elements->empty()) in.fail(*found, "no credential source", example);
    into.clear();
    for (const auto& element : elements.value_or(std::vector<cursor>{}))
        if (auto source = read_source(in, element, bearer)) {
            if (std::ranges::any_of(into, [&](const auto& at) { return overlap(at, *source); }))
                in.fail(element, in.shown(element) + " overlaps a source before it",
                        "remove it: a request whose credential occurs twice is rejected");
            else into.push_back(std::move(*source));
        }
}

void read_auth(block& top, std::vector<auth_settings>& into) {
    auto& in = top.in();
    const auto found = top.find("auth");
    if (!found) return;
    const auto members = in.members(*found, "as in {keys: {api_key: {}}}");
    for (const auto& member : members.value_or(std::vector<cursor>{}))
        if (auto auth_method = read_auth_method(in, member))
            into.push_back(std::move(*auth_method));
}

} // namespace thalamus::config
