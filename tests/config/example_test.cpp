// The example of config.md, less the keys that this version refuses, loads with the values it says.

#include "config/addresses.hpp"
#include "tests/config/support.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace thalamus::config::example_test {
namespace {

using namespace std::chrono_literals;

const char* const example = R"(
node:
  name: ${HOSTNAME:-node-1}           # unique in the cluster
  reactors: auto                      # threads; auto = cores available to this process

listen:
  - bind: 0.0.0.0:8080                # default

admin:
  bind: 127.0.0.1:9901                # /live /ready /metrics /cluster /config /cache ...
  token: ${THALAMUS_ADMIN_TOKEN:-}    # required (≥ 16 characters) unless bind is loopback

trusted_proxies: [10.0.0.0/8]         # whose X-Forwarded-* count; default none
limits:   {header_bytes: 32KiB, header_count: 100, answer_header_bytes: 64KiB, body: 1MiB, connections: 100000, requests_per_connection: 0}
timeouts: {header: 10s, body_idle: 30s, idle: 75s, request: 15s, tunnel_idle: 5m, drain: 30s}

log:
  level: info                         # trace debug info warn error off
  access: {to: stdout, format: json}  # to: stdout | stderr | off | a path

cluster:                              # absent = one node
  bind: 0.0.0.0:7946
  seeds: [gateway:7946]               # names stand for all their addresses; this node's own is skipped
  tls: {certificate: node.pem, key: node.key, ca: ca.pem}    # required unless bind is loopback
  heartbeat: 500ms
  suspect_after: 2s
  dead_after: 6s

store:                                # absent = memory of this node
  redis: redis://user:password@redis:6379/0
  # redis: {sentinels: [s1:26379, s2:26379, s3:26379], primary: main, user: u, password: p, database: 0}
  # redis: {cluster: [r1:6379, r2:6379, r3:6379]}
  timeout: 20ms                       # per command
  prefix: "thalamus:"

services:
  users:
    targets: ["http://users-1:8000", {url: "http://users-2:8000", weight: 2}]
    balance: least_requests           # power of two choices (default) | round_robin | hash
    hash_on: client_ip                # with balance: hash
    connect_timeout: 2s
    timeout: 10s                      # of one try, till its answer's head
    connections: {max: 256, idle: 60s, per_target: true}
    host: preserve                    # preserve (default: the client's Host) | target | a literal
    health:  {path: /healthz, interval: 5s, timeout: 1s, healthy_after: 2, unhealthy_after: 3, status: [200-399]}
    outlier: {consecutive_failures: 5, eject_for: 30s, max_ejected: 50%}
    retry:   {attempts: 2, on: [connect, reset], backoff: 25ms, budget: 20%, methods: [GET, HEAD, OPTIONS, PUT, DELETE]}
  search: {targets: ["http://search:80/"], retry: off, outlier: off, health: off}
  search-next: {targets: ["http://[::1]:8080"]}

consumers:                            # clients known by this file; more may live in the store
  - {name: acme, groups: [partners], api_keys: [{sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08}], basic: {user: acme, password: "$2b$12$abcdefghijklmnopqrstuuFDJRuYeKkCzo3Wy7h8SxhBSHBAHiPK2"}}

auth:                                 # named ways to authenticate
  idp:      {jwt: {issuer: https://idp.example, audience: [api], jwks: "http://idp:8080/jwks.json", algorithms: [RS256, ES256, EdDSA], leeway: 30s, require_exp: true, from: [bearer, "cookie:session", "query:token"]}}
  local:    {jwt: {issuer: me, keys: {file: keys.jwks}, algorithms: [HS256], audience: [api]}}
  keys:     {api_key: {from: ["header:X-Api-Key", "query:api_key"]}}
  password: {basic: {realm: api}}
  opaque:   {introspection: {url: "http://idp:8080/introspect", client_id: gw, client_secret: "${file:secret}", cache: 60s}}
  outside:  {forward: {url: "http://authz:9000/check", headers: [Authorization, Cookie], copy: [X-User-Id], timeout: 500ms}}

rate_limits:                          # named budgets
  per-client:
    key: consumer                     # consumer | client_ip | route | header:NAME | claim:NAME | a list of these, together the key
    rate: 100/min
    burst: 20                         # token_bucket only; default = the rate's count
    algorithm: token_bucket           # token_bucket (default) | fixed_window | sliding_window
    on_missing_key: client_ip         # client_ip (default) | reject (400) | skip
    ipv6_prefix: 64
    on_store_failure: share           # share (default) | open | closed (503; leases in hand are spent first)
    dry_run: false

routes:
  - id: user
    match: {path: "/users/{id}", methods: [GET, PUT], hosts: [api.example.com, "*.example.com"], headers: {X-Version: "2"}, query: {beta: "1"}}
    auth: [idp, keys]                 # any one of them, tried in this order; absent = open
    auth_optional: false              # true lets a request without a credential pass as anonymous; a bad one is still 401
    hide_credentials: false           # true removes the credential before forwarding
    allow_in_path: []                 # encoded_slash, semicolon: what is otherwise 400
    require: {scopes: [users.read], any_scope: [], groups: [], claims: {tier: [gold, silver]}, ip: [10.0.0.0/8], deny_ip: []}
    rate_limit: [per-client]          # all of them must grant
    rewrite: {strip_prefix: /api, path: "/v2/users/{id}", host: internal}
    request_headers:  {set: {X-Tenant: "{header.x-tenant}"}, add: {}, remove: [X-Debug]}
    response_headers: {set: {}, add: {Set-Cookie: [a=1, b=2]}, remove: [Server]}
    cors: {origins: ["https://app.example.com"], methods: [GET], headers: [Authorization], expose: [], credentials: true, max_age: 10m}
    timeout: 5s
    body: 10MiB                       # this route's request body limit
    service: users                    # one of: service | split | aggregate | respond | redirect
  - id: canary
    match: {path: "/search/{rest...}"}
    split: {on: client_ip, to: [{service: search, weight: 95}, {service: search-next, weight: 5}]}
  - id: moved
    match: {path: "/old/{rest...}"}
    redirect: {to: "https://{host}/new/{rest}", status: 308}
  - id: hello
    match: {path: /hello}
    respond: {status: 200, headers: {Content-Type: text/plain}, text: "hello"}
)";

memory example_files(const std::string& yaml) {
    return {{{"gateway.yaml", yaml},
             {"node.pem", "-----BEGIN CERTIFICATE-----"},
             {"node.key", "-----BEGIN PRIVATE KEY-----"},
             {"ca.pem", "-----BEGIN CERTIFICATE-----"},
             {"keys.jwks", "{\"keys\": []}"},
             {"secret", "s3cret"}},
            {}};
}

TEST(example, loads_with_the_values_it_shows) {
    const auto value = must_load(example_files(example));
    EXPECT_EQ(value->node.name, "node-1");
    EXPECT_EQ(value->node.reactors, 4u);
    ASSERT_EQ(value->listen.size(), 1u);
    EXPECT_EQ(value->listen[0].bind.host, "0.0.0.0");
    EXPECT_EQ(value->listen[0].bind.port, 8080);
    EXPECT_EQ(value->admin.bind.port, 9901);
    EXPECT_EQ(value->admin.token, "");
    ASSERT_EQ(value->trusted_proxies.size(), 1u);
    EXPECT_EQ(value->trusted_proxies[0].prefix, 104u);

    ASSERT_TRUE(value->cluster);
    EXPECT_EQ(value->cluster->seeds.at(0).host, "gateway");
    EXPECT_EQ(value->cluster->seeds[0].port, 7946);
    EXPECT_EQ(value->cluster->tls->key, "node.key");
    ASSERT_TRUE(value->store.redis);
    EXPECT_EQ(value->store.redis->addresses.at(0).host, "redis");
    EXPECT_EQ(value->store.redis->password, "password");
    ASSERT_EQ(value->rate_limits.size(), 1u);
    EXPECT_EQ(value->rate_limits[0].count, 100u);
    EXPECT_EQ(value->rate_limits[0].burst, 20u);

    ASSERT_EQ(value->consumers.size(), 1u);
    EXPECT_EQ(value->consumers[0].groups, std::vector<std::string>{"partners"});
    EXPECT_EQ(value->consumers[0].api_keys.at(0)[0], 0x9f);
    EXPECT_EQ(value->consumers[0].basic->user, "acme");
    EXPECT_EQ(value->consumers[0].basic->password_hash.substr(0, 7), "$2b$12$");
    ASSERT_EQ(value->auth.size(), 6u);
    const auto& published = std::get<jwt_settings>(value->auth[0].auth_method);
    ASSERT_TRUE(published.jwks);
    EXPECT_EQ(to_text(published.jwks->url.server), "idp:8080");
    EXPECT_EQ(published.jwks->url.target, "/jwks.json");
    EXPECT_EQ(published.jwks->timeout, milliseconds(2000));
    EXPECT_EQ(published.jwks->cooldown, milliseconds(10'000));
    EXPECT_EQ(published.jwks->keep, milliseconds(86'400'000));
    EXPECT_EQ(published.from.size(), 3u);
    const auto& jwt = std::get<jwt_settings>(value->auth[1].auth_method);
    EXPECT_EQ(jwt.issuer, "me");
    EXPECT_EQ(jwt.algorithms, std::vector<std::string>{"HS256"});
    EXPECT_EQ(jwt.keys, "{\"keys\": []}");
    EXPECT_EQ(std::get<api_key_settings>(value->auth[2].auth_method).from.at(1).name, "api_key");
    EXPECT_EQ(std::get<basic_settings>(value->auth[3].auth_method).realm, "api");
    const auto& issuer = std::get<introspection_settings>(value->auth[4].auth_method);
    EXPECT_EQ(to_text(issuer.url.server), "idp:8080");
    EXPECT_EQ(issuer.url.target, "/introspect");
    EXPECT_EQ(issuer.client_id, "gw");
    EXPECT_EQ(issuer.client_secret, "s3cret");
    EXPECT_EQ(issuer.cache, milliseconds(60'000));
    EXPECT_EQ(issuer.timeout, milliseconds(2000));
    EXPECT_EQ(issuer.from.at(0).type, credential_source::kind::bearer);
    EXPECT_EQ(value->effective.find("s3cret"), std::string::npos);
    const auto& outside = std::get<forward_settings>(value->auth[5].auth_method);
    EXPECT_EQ(to_text(outside.url.server), "authz:9000");
    ASSERT_EQ(outside.from.size(), 2u);
    EXPECT_EQ(outside.from[1].name, "cookie");
    EXPECT_EQ(outside.copy, std::vector<std::string>{"X-User-Id"});
    EXPECT_EQ(outside.timeout, milliseconds(500));
    EXPECT_EQ(value->routes.at(0).auth, (std::vector<std::size_t>{0, 2}));
    EXPECT_EQ(value->routes[0].require.claims.at(0).accepted,
              (std::vector<std::string>{"gold", "silver"}));

    ASSERT_EQ(value->services.size(), 3u);
    const auto& users = value->services[0];
    EXPECT_EQ(users.name, "users");
    ASSERT_EQ(users.targets.size(), 2u);
    EXPECT_EQ(users.targets[1].address.host, "users-2");
    EXPECT_EQ(users.targets[1].weight, 2u);
    ASSERT_TRUE(users.health);
    EXPECT_EQ(users.health->path, "/healthz");
    ASSERT_TRUE(users.retry);
    EXPECT_EQ(users.retry->attempts, 2u);
    const auto& search = value->services[1];
    EXPECT_FALSE(search.retry);
    EXPECT_FALSE(search.outlier);
    EXPECT_FALSE(search.health);
    EXPECT_EQ(value->services[2].targets[0].address.host, "::1");

    ASSERT_EQ(value->routes.size(), 4u);
    const auto& user = value->routes[0];
    EXPECT_EQ(user.id, "user");
    EXPECT_EQ(user.where.file, "gateway.yaml");
    EXPECT_EQ(user.where.line, 74);
    ASSERT_EQ(user.match.path.segments.size(), 2u);
    EXPECT_EQ(user.match.path.segments[1].type, pattern_segment::kind::capture);
    EXPECT_EQ(user.match.headers[0].name, "x-version");
    ASSERT_EQ(user.rate_limits.size(), 1u);
    EXPECT_EQ(user.rate_limits[0], 0u);
    EXPECT_EQ(user.rewrite.strip_prefix, "/api");
    EXPECT_EQ(user.response_headers.add.size(), 2u);
    EXPECT_EQ(user.timeout, 5s);
    EXPECT_EQ(user.body, 10u << 20);
    EXPECT_EQ(std::get<service_action>(user.action).service, 0u);
    const auto& canary = std::get<split_action>(value->routes[1].action);
    EXPECT_EQ(canary.to[1].service, 2u);
    EXPECT_EQ(canary.to[0].weight, 95u);
    EXPECT_EQ(std::get<redirect_action>(value->routes[2].action).status, 308u);
    const auto& hello = std::get<respond_action>(value->routes[3].action);
    EXPECT_EQ(hello.body, "hello");
    ASSERT_EQ(hello.headers.size(), 1u);
    EXPECT_EQ(hello.headers[0].second, "text/plain");
}

TEST(example, shows_the_defaults) {
    // Everything the example spells out but trusted_proxies is the default.
    const auto spelt = must_load(example_files(example));
    const auto bare = must_load("services: {users: {targets: ['http://a']}}\n"
                                "routes: [{match: {path: /}, service: users}]\n"
                                "rate_limits: {per-client: {rate: 100/min, burst: 20}}\n"
                                "cluster: {bind: '127.0.0.1:1'}\n");
    auto shown = nlohmann::json::parse(spelt->effective),
         defaults = nlohmann::json::parse(bare->effective);
    for (const auto* key : {"listen", "admin", "limits", "timeouts", "log", "node", "rate_limits"})
        EXPECT_EQ(shown[key], defaults[key]) << key;
    for (const auto* key : {"balance", "hash_on", "connect_timeout", "timeout", "connections",
                            "host", "outlier", "retry"})
        EXPECT_EQ(shown["services"]["users"][key], defaults["services"]["users"][key]) << key;
    for (const auto* key : {"heartbeat", "suspect_after", "dead_after"})
        EXPECT_EQ(shown["cluster"][key], defaults["cluster"][key]) << key;
    for (const auto* key : {"timeout", "prefix"})
        EXPECT_EQ(shown["store"][key], defaults["store"][key]) << key;
    EXPECT_EQ(defaults["services"]["users"]["health"], "off");
    EXPECT_TRUE(bare->trusted_proxies.empty());
}

TEST(example, what_took_effect_can_be_loaded_again) {
    const auto first = must_load(example_files(example));
    // But for hashes of keys and passwords, which are masked: a loader takes a hash only.
    auto text = first->effective;
    EXPECT_EQ(text.find("$2b$"), text.npos);
    const auto unmask = [&](const std::string& masked, const std::string& hash) {
        ASSERT_NE(text.find(masked), text.npos);
        text.replace(text.find(masked) + masked.size() - 5, 3, hash);
    };
    unmask(R"({"sha256":"***"})", std::string(64, 'a'));
    unmask(R"("user":"acme","password":"***"})",
           "$2y$05$abcdefghijklmnopqrstuu23JPZtHcGhwXSF41f93o/7vBdDut3Xu");
    const auto again = must_load(example_files(text));
    EXPECT_EQ(first->effective, again->effective);
    EXPECT_NE(first->version, again->version) << "the password was masked";
    EXPECT_EQ(again->version, must_load(example_files(text))->version);
}

} // namespace
} // namespace thalamus::config::example_test
