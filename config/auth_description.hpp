#pragma once
// The keys of the auth methods. Private to config/.

#include "config/block_writer.hpp"
#include "config/notations.hpp"

namespace thalamus::config {

/// Sources of a credential, of which `bearer` may be one.
std::optional<std::vector<credential_source>> read_token_sources(reader& in, const cursor& at);
/// The same without `bearer`.
std::optional<std::vector<credential_source>> read_key_sources(reader& in, const cursor& at);
std::string to_text(const credential_source& source);
std::optional<std::vector<std::string>> read_audience(reader& in, const cursor& at);
std::optional<std::vector<std::string>> read_algorithms(reader& in, const cursor& at);
/// `keys` or `jwks`, after the algorithms.
void read_keys(block& jwt, jwt_settings& into);
void write_keys(block_writer& jwt, const jwt_settings& from);
std::optional<std::string> read_realm(reader& in, const cursor& at);
/// Headers that a service of the method `forward` decides by.
std::optional<std::vector<credential_source>> read_forwarded_headers(reader& in, const cursor& at);
std::string name_of(const credential_source& source);
/// Headers that are copied from its responses.
std::optional<std::vector<std::string>> read_copied_headers(reader& in, const cursor& at);

/// The key `url` of settings with the members `text` and `url`.
template <class Settings>
void read_url(reader& in, const cursor& at, Settings& into) {
    const auto text = in.text(at);
    auto url = text ? in.parsed(at, to_http_url(*text)) : std::nullopt;
    if (!url) return;
    into.text = *text;
    into.url = std::move(*url);
}
template <class Settings>
void write_url(block_writer& out, std::string_view key, const Settings& from) {
    out.text(key, from.text);
}

inline constexpr list_notation<credential_source> token_sources{read_token_sources, to_text};
inline constexpr list_notation<credential_source> key_sources{read_key_sources, to_text};
inline constexpr list_notation<std::string> audience_list{read_audience, as_is};
inline constexpr list_notation<std::string> algorithm_list{read_algorithms, as_is};
inline constexpr notation<std::string> realm_notation{read_realm, as_is};
inline constexpr list_notation<credential_source> forwarded_headers{read_forwarded_headers,
                                                                    name_of};
inline constexpr list_notation<std::string> copied_headers{read_copied_headers, as_is};

template <class Block>
void describe(Block& jwks, key_url_settings& into) {
    jwks.custom("url", into, read_url, write_url, "as in http://idp:8080/jwks.json");
    jwks.duration("timeout", into.timeout, milliseconds(10), milliseconds(60'000));
    jwks.duration("cooldown", into.cooldown, milliseconds(100));
    jwks.duration("keep", into.keep, milliseconds(0));
}

template <class Block>
void describe(Block& jwt, jwt_settings& into) {
    jwt.text("issuer", into.issuer, "the value of `iss` in its tokens");
    jwt.list("audience", into.audience, audience_list);
    jwt.list("algorithms", into.algorithms, algorithm_list,
             "list those that the issuer signs with, as in [RS256]");
    jwt.part(into, read_keys, write_keys);
    jwt.duration("leeway", into.leeway, milliseconds(0), milliseconds(600'000));
    jwt.boolean("require_exp", into.require_exp);
    jwt.list("from", into.from, token_sources);
}

template <class Block>
void describe(Block& api_key, api_key_settings& into) {
    api_key.list("from", into.from, key_sources);
}

template <class Block>
void describe(Block& basic, basic_settings& into) {
    basic.value("realm", into.realm, realm_notation);
}

template <class Block>
void describe(Block& introspection, introspection_settings& into) {
    introspection.custom("url", into, read_url, write_url, "as in http://idp:8080/introspect");
    introspection.text("client_id", into.client_id, "the id of the gateway at the issuer");
    introspection.secret("client_secret", into.client_secret,
                         "as in \"${file:secret}\", which keeps it out of this file");
    introspection.duration("cache", into.cache, milliseconds(0));
    introspection.duration("timeout", into.timeout, milliseconds(10), milliseconds(60'000));
    introspection.list("from", into.from, token_sources);
}

template <class Block>
void describe(Block& forward, forward_settings& into) {
    forward.custom("url", into, read_url, write_url, "as in http://authz:9000/check");
    forward.list("headers", into.from, forwarded_headers);
    forward.list("copy", into.copy, copied_headers);
    forward.duration("timeout", into.timeout, milliseconds(10), milliseconds(60'000));
}

} // namespace thalamus::config
