// What is reported about auth, consumers and what routes say of them: every row is a file and the
// exact lines that it gives.

#include "tests/config/problem_rows.hpp"

namespace thalamus::config::auth_problems_test {
namespace {

row with_auth_method(const std::string& auth_method, std::vector<std::string> problems) {
    return {a_route + "auth:\n  a: {" + auth_method + "}\n", std::move(problems)};
}

row with_consumer(const std::string& members, std::vector<std::string> problems) {
    return {a_route + "consumers:\n  - {" + members + "}\n", std::move(problems)};
}

row with_auth(const std::string& keys, std::vector<std::string> problems) {
    return {"auth: {keys: {api_key: {}}}\n" + with_route_key(keys), std::move(problems)};
}

const std::string digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

const std::string hash = "$2y$05$abcdefghijklmnopqrstuu23JPZtHcGhwXSF41f93o/7vBdDut3Xu";

const std::vector<row> rows{
    {a_route + "auth: [a]\n",
     {R"(gateway.yaml:2:7: auth: expected keys and values, not a list; as in {keys: {api_key: {}}})"}},
    {a_route + "auth: {a b: {api_key: {}}}\n",
     {R"(gateway.yaml:2:8: auth["a b"]: "a b" is not a valid name for an auth method; 1 to 64 letters, digits, "_", "." and "-")"}},
    with_auth_method(
        "",
        {R"(gateway.yaml:3:6: auth.a.jwt: missing; as in {jwt: {...}}; or api_key, basic, introspection, forward)"}),
    with_auth_method(
        "api_key: {}, jwt: {}",
        {R"(gateway.yaml:3:7: auth.a.api_key: a second auth method under one name; give each its own name)",
         R"(gateway.yaml:3:25: auth.a.jwt.issuer: missing; the value of `iss` in its tokens)",
         R"(gateway.yaml:3:25: auth.a.jwt.algorithms: missing; list those that the issuer signs with, as in [RS256])",
         R"(gateway.yaml:3:25: auth.a.jwt.jwks: missing; as in jwks: http://idp:8080/jwks.json, or keys: {file: keys.jwks})"}),
    with_auth_method(
        "jwt: {issuer: me, algorithms: [RS256], jwks: https://idp/keys}",
        {R"(gateway.yaml:3:52: auth.a.jwt.jwks: "https://idp/keys": https:// is not supported yet; use http:// in this version)"}),
    with_auth_method(
        "jwt: {issuer: me, algorithms: [HS256], jwks: {cooldown: 1ms, every: 5m}}",
        {R"(gateway.yaml:3:46: auth.a.jwt.jwks: shared secrets (HS...) cannot be fetched from a URL; keep them in a file: keys: {file: keys.jwks})",
         R"(gateway.yaml:3:52: auth.a.jwt.jwks.url: missing; as in http://idp:8080/jwks.json)",
         R"(gateway.yaml:3:63: auth.a.jwt.jwks.cooldown: "1ms" is out of range; from 100ms to 720h)",
         R"(gateway.yaml:3:68: auth.a.jwt.jwks.every: unknown key; known keys: url, timeout, cooldown, keep)"}),
    with_auth_method(
        "jwt: {issuer: me, algorithms: [RS256], keys: {file: gateway.yaml}, jwks: http://idp/keys}",
        {R"(gateway.yaml:3:74: auth.a.jwt.jwks: the keys come from a file already; remove one of the two)"}),
    with_auth_method(
        "jwt: {issuer: me, algorithms: [RS256, none], keys: {file: gone.jwks}}",
        {R"(gateway.yaml:3:45: auth.a.jwt.algorithms[1]: "none" is not a known value; known: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, HS256, HS384, HS512)",
         R"(gateway.yaml:3:65: auth.a.jwt.keys.file: the file "gone.jwks" cannot be read; a relative path starts at the folder of this configuration file)"}),
    with_auth_method(
        "api_key: {from: [bearer, \"header:a b\", \"query:\"]}",
        {R"(gateway.yaml:3:24: auth.a.api_key.from[0]: "bearer" is not a credential source here; known: header:NAME, cookie:NAME, query:NAME)",
         R"(gateway.yaml:3:32: auth.a.api_key.from[1]: "a b" is not a valid name; as in header:x)",
         R"(gateway.yaml:3:46: auth.a.api_key.from[2]: "" is not a valid name; as in query:x)"}),
    with_auth_method(
        "api_key: {from: []}",
        {R"(gateway.yaml:3:23: auth.a.api_key.from: no credential source; as in ["header:X-Api-Key"])"}),
    with_auth_method(
        "api_key: {}, basic: {realm: 'a \"b\"'}",
        {R"(gateway.yaml:3:20: auth.a.basic: a second auth method under one name; give each its own name)"}),
    with_auth_method(
        "basic: {realm: 'a \"b\"', user: x}",
        {R"(gateway.yaml:3:22: auth.a.basic.realm: "a "b"" is not a valid realm; visible ASCII and spaces, without quotes and backslashes)",
         R"(gateway.yaml:3:31: auth.a.basic.user: unknown key; known keys: realm)"}),
    with_auth_method(
        "introspection: {url: \"ftp://idp\", client_secret: x, cache: -1s, timeout: 1ms, from: []}",
        {R"(gateway.yaml:3:22: auth.a.introspection.client_id: missing; the id of the gateway at the issuer)",
         R"(gateway.yaml:3:28: auth.a.introspection.url: "ftp://idp": not an http URL; write http://host:port/path)",
         R"(gateway.yaml:3:66: auth.a.introspection.cache: "-1s" is not a duration; as in 250ms, 2s, 5m or 1h)",
         R"(gateway.yaml:3:80: auth.a.introspection.timeout: "1ms" is out of range; from 10ms to 1m)",
         R"(gateway.yaml:3:91: auth.a.introspection.from: no credential source; as in [bearer])"}),
    with_auth_method(
        "forward: {headers: [], copy: [Host, X-Consumer-Id, X_User, \"a b\", X-User, x-user]}",
        {R"(gateway.yaml:3:16: auth.a.forward.url: missing; as in http://authz:9000/check)",
         R"(gateway.yaml:3:26: auth.a.forward.headers: no header; as in [Authorization, Cookie])",
         R"(gateway.yaml:3:37: auth.a.forward.copy[0]: Host cannot be listed; the gateway sets it itself)",
         R"(gateway.yaml:3:43: auth.a.forward.copy[1]: X-Consumer-Id cannot be listed; it passes the authenticated identity to targets; use another name)",
         R"(gateway.yaml:3:58: auth.a.forward.copy[2]: "X_User" contains "_"; the gateway drops such headers: targets could confuse "_" with "-")",
         R"(gateway.yaml:3:66: auth.a.forward.copy[3]: "a b" is not a header name; as in [X-User-Id])",
         R"(gateway.yaml:3:81: auth.a.forward.copy[5]: x-user is listed already; remove one of them)"}),
    with_auth_method(
        "forward: {url: http://authz/, headers: [User-Agent, X-Forwarded-For, Proxy-Authorization, "
        "Content-Length, X-Auth-Method]}",
        {R"(gateway.yaml:3:47: auth.a.forward.headers[0]: User-Agent cannot be listed; the gateway sets it itself)",
         R"(gateway.yaml:3:59: auth.a.forward.headers[1]: X-Forwarded-For cannot be listed; the gateway sets it itself)",
         R"(gateway.yaml:3:76: auth.a.forward.headers[2]: Proxy-Authorization cannot be listed; the gateway sets it itself)",
         R"(gateway.yaml:3:97: auth.a.forward.headers[3]: Content-Length cannot be listed; the gateway sets it itself)",
         R"(gateway.yaml:3:113: auth.a.forward.headers[4]: X-Auth-Method cannot be listed; it passes the authenticated identity to targets; use another name)"}),
    with_auth_method(
        "forward: {url: http://authz/, headers: [Origin, Accept], copy: [X-Forwarded-User, "
        "Remote-User, Authorization]}",
        {}),
    with_auth_method(
        "forward: {url: http://authz/, copy: [Origin]}",
        {R"(gateway.yaml:3:44: auth.a.forward.copy[0]: Origin cannot be listed; it does not identify the client)"}),
    with_consumer("groups: [a]",
                  {R"(gateway.yaml:3:5: consumers[0].name: missing; as in name: acme)"}),
    with_consumer(
        "name: a, api_keys: [{sha256: secret}, {key: x}]",
        {R"(gateway.yaml:3:35: consumers[0].api_keys[0].sha256: this is not a SHA-256 hash in hexadecimal; write 64 digits, as printed by "printf %s KEY | sha256sum")",
         R"(gateway.yaml:3:44: consumers[0].api_keys[1].sha256: missing; write the hash of the key, never the key itself)",
         R"(gateway.yaml:3:45: consumers[0].api_keys[1].key: unknown key; known keys: sha256)"}),
    {a_route + "consumers:\n  - {name: a, api_keys: [{sha256: " + digest +
         "}]}\n  - {name: a}\n  - {name: b, api_keys: [{sha256: " + digest + "}]}\n",
     {R"(gateway.yaml:4:5: consumers[1]: duplicate name "a"; give each consumer its own)",
      R"(gateway.yaml:5:5: consumers[2]: API key shared with the consumer "a"; a key identifies one consumer: give each its own)"}},
    with_consumer(
        "name: a, api_keys: [{sha256: " + digest + "}, {sha256: " + digest + "}]",
        {R"(gateway.yaml:3:111: consumers[0].api_keys[1].sha256: this key is a duplicate; remove it)"}),
    with_consumer(
        "name: a, basic: {}",
        {R"(gateway.yaml:3:22: consumers[0].basic.user: missing; as in user: acme)",
         R"(gateway.yaml:3:22: consumers[0].basic.password: missing; write its hash, as printed by "htpasswd -nB USER" or "mkpasswd")"}),
    with_consumer(
        "name: a, basic: {user: 'a:b', password: correct horse}",
        {R"(gateway.yaml:3:29: consumers[0].basic.user: this is not a user that a client can send; 1 to 255 bytes, no colon, no control characters)",
         R"(gateway.yaml:3:46: consumers[0].basic.password: this is not a bcrypt, yescrypt, gost-yescrypt, scrypt, sha512crypt or sha256crypt hash: plain text and DES are not accepted; make one with "htpasswd -nB USER" or "mkpasswd")"}),
    {a_route + "consumers:\n  - {name: a, basic: {user: u, password: " + hash +
         "}}\n  - {name: b, basic: {user: u, password: " + hash + "}}\n",
     {R"(gateway.yaml:4:5: consumers[1]: user "u" shared with the consumer "a"; a user identifies one consumer: give each its own)"}},
    with_auth(
        "auth: [kys]",
        {R"(gateway.yaml:6:12: routes[0].auth[0]: there is no auth method "kys"; did you mean "keys"?)"}),
    with_auth(
        "auth: []",
        {R"(gateway.yaml:6:11: routes[0].auth: no auth method; leave auth out for a route without authentication)"}),
    with_auth(
        "auth_optional: true",
        {R"(gateway.yaml:6:5: routes[0].auth_optional: this route has no authentication; name an auth method under auth)"}),
    with_auth(
        "hide_credentials: true",
        {R"(gateway.yaml:6:5: routes[0].hide_credentials: this route has no authentication; name an auth method under auth)"}),
    with_auth(
        "require: {scopes: [a]}",
        {R"(gateway.yaml:6:5: routes[0].require: this route has no authentication; name an auth method under auth)"}),
    with_auth("require: {ip: [10.0.0.0/8]}", {}),
    with_auth("require: {claims: {a: []}}\nauth: keys",
              {R"(gateway.yaml:6:27: routes[0].require.claims.a: no value; as in [gold, silver])"}),
};

TEST(problems_of_auth, are_reported_with_place_path_and_remedy) { expect_problems(rows); }

} // namespace
} // namespace thalamus::config::auth_problems_test
