#include "config/auth_description.hpp"

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
    const auto name = [](const credential_source& source) {
        return source.type == kind::bearer ? std::string("authorization") : source.name;
    };
    const bool fields = (a.type == kind::bearer || a.type == kind::header) &&
                        (b.type == kind::bearer || b.type == kind::header);
    return (fields || a.type == b.type) && name(a) == name(b);
}

std::optional<std::vector<credential_source>> read_sources(reader& in, const cursor& at,
                                                           bool bearer) {
    const auto* example = bearer ? "as in [bearer]" : "as in [\"header:X-Api-Key\"]";
    const auto elements = in.list_with_elements(at, example, "no credential source");
    std::vector<credential_source> sources;
    for (const auto& element : elements.value_or(std::vector<cursor>{})) {
        auto source = read_source(in, element, bearer);
        if (!source) continue;
        if (std::ranges::any_of(sources,
                                [&](const auto& other) { return overlap(other, *source); }))
            in.fail(element, in.shown(element) + " overlaps a source before it",
                    "remove it: a request whose credential occurs twice is rejected");
        else sources.push_back(std::move(*source));
    }
    return sources;
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
void read_key_url(reader& in, const cursor& at, key_url_settings& into) {
    if (at.value->type == node::kind::scalar) return read_url(in, at, into);
    block jwks(in, at, "as in jwks: {url: http://idp:8080/jwks.json}");
    describe(jwks, into);
    jwks.finish();
}

bool is_shared_secret(const std::string& algorithm) { return algorithm.starts_with("HS"); }

/// Calls `visit` with the key of each auth method, its settings before reading, and an example.
template <class Visit>
void for_each_method(const std::string& name, Visit visit) {
    const jwt_settings jwt; // named, because GCC 12 crashes on such a temporary in a template
    const api_key_settings api_key;
    basic_settings basic;
    basic.realm = name;
    const introspection_settings introspection;
    const forward_settings forward;
    visit("jwt", jwt, "as in {issuer: https://idp.example, audience: [api], ...}");
    visit("api_key", api_key, "as in {from: [\"header:X-Api-Key\"]}");
    visit("basic", basic, "as in {realm: api}");
    visit("introspection", introspection,
          "as in {url: http://idp:8080/introspect, client_id: gw, client_secret: ...}");
    visit("forward", forward, "as in {url: http://authz:9000/check, copy: [X-User-Id]}");
}

auth_settings read_auth_method(reader& in, const cursor& at) {
    auth_settings into;
    in.name_by_key(at, into, "an auth method");
    const std::string example = "as in {jwt: {...}}; or api_key, basic, introspection, forward";
    block from(in, at, example);
    from.not_yet({"client_certificate"});
    bool any = false;
    for_each_method(into.name, [&](std::string_view key, auto settings, const char* hint) {
        const auto found = from.find(key);
        if (!found) return;
        if (any)
            return in.fail_key(*found, "a second auth method under one name",
                               "give each its own name");
        any = true;
        block method(in, *found, hint);
        describe(method, settings);
        method.finish();
        into.auth_method = std::move(settings);
    });
    if (!any) from.missing("jwt", example);
    from.finish();
    return into;
}

void write_auth_method(block_writer& out, const auth_settings& from) {
    for_each_method(from.name, [&](std::string_view key, const auto& settings, const char*) {
        using Settings = std::remove_cvref_t<decltype(settings)>;
        if (const auto* held = std::get_if<Settings>(&from.auth_method)) out.nested(key, *held);
    });
}

} // namespace

std::optional<std::vector<credential_source>> read_token_sources(reader& in, const cursor& at) {
    return read_sources(in, at, true);
}

std::optional<std::vector<credential_source>> read_key_sources(reader& in, const cursor& at) {
    return read_sources(in, at, false);
}

std::string to_text(const credential_source& source) {
    switch (source.type) {
    case credential_source::kind::header: return "header:" + source.name;
    case credential_source::kind::cookie: return "cookie:" + source.name;
    case credential_source::kind::query: return "query:" + source.name;
    case credential_source::kind::basic: return "basic";
    case credential_source::kind::bearer: break;
    }
    return "bearer";
}

std::optional<std::vector<std::string>> read_audience(reader& in, const cursor& at) {
    return read_texts(in, at, "as in [api]");
}

std::optional<std::vector<std::string>> read_algorithms(reader& in, const cursor& at) {
    const std::string example = "list those that the issuer signs with, as in [RS256]";
    const std::vector<std::string_view> known(algorithm_names.begin(), algorithm_names.end());
    auto algorithms = read_each<std::string>(
        in.list_with_elements(at, example, "no algorithm"),
        [&](const cursor& element) -> std::optional<std::string> {
            const auto index = in.choice(element, known);
            return index ? std::optional(std::string(known[*index])) : std::nullopt;
        });
    if (algorithms && std::ranges::any_of(*algorithms, is_shared_secret) &&
        !std::ranges::all_of(*algorithms, is_shared_secret))
        in.fail(at, "shared secrets (HS...) are mixed with public keys",
                "anyone who knows the public key could sign with it: use two auth methods");
    return algorithms;
}

void read_keys(block& jwt, jwt_settings& into) {
    auto& in = jwt.in();
    const auto file = jwt.find("keys"), url = jwt.find("jwks");
    if (file && url)
        in.fail_key(*url, "the keys come from a file already", "remove one of the two");
    if (file) read_key_file(in, *file, into);
    else if (url) read_key_url(in, *url, into.jwks.emplace());
    else jwt.missing("jwks", "as in jwks: http://idp:8080/jwks.json, or keys: {file: keys.jwks}");
    if (url && !file && std::ranges::any_of(into.algorithms, is_shared_secret))
        in.fail_key(*url, "shared secrets (HS...) cannot be fetched from a URL",
                    "keep them in a file: keys: {file: keys.jwks}");
}

void write_keys(block_writer& jwt, const jwt_settings& from) {
    if (from.jwks) return jwt.nested("jwks", *from.jwks);
    jwt.nested("keys", [&](block_writer& keys) {
        keys.text("file", from.key_file);
        if (keys.whole()) keys.text("content", from.keys);
    });
}

std::optional<std::string> read_realm(reader& in, const cursor& at) {
    auto realm = in.text(at);
    const auto allowed = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
    if (!realm || std::ranges::all_of(*realm, allowed)) return realm;
    in.fail(at, in.shown(at) + " is not a valid realm",
            "visible ASCII and spaces, without quotes and backslashes");
    return std::nullopt;
}

void read_auth(block& top, std::vector<auth_settings>& into) {
    auto& in = top.in();
    const auto found = top.find("auth");
    if (!found) return;
    const auto members = in.members(*found, "as in {keys: {api_key: {}}}");
    for (const auto& member : members.value_or(std::vector<cursor>{}))
        into.push_back(read_auth_method(in, member));
}

void write_auth(block_writer& top, const std::vector<auth_settings>& from) {
    top.nested("auth", [&](block_writer& methods) {
        for (const auto& method : from) {
            auto object = methods.object(method.name);
            write_auth_method(object, method);
        }
    });
}

} // namespace thalamus::config
