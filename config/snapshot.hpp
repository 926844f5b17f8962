#pragma once
// The immutable result of loading a configuration. config/loader.hpp creates it, and all other
// parts of the gateway read it. It is shared as std::shared_ptr<const snapshot>; any thread may
// read it. docs/configuration.md defines the keys. Durations are in milliseconds, sizes in bytes.

#include "config/pattern.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace thalamus::config {

using std::chrono::milliseconds;

/// "host:port" as written: a name, an IPv4 address or an IPv6 address without its brackets.
struct endpoint {
    std::string host;
    std::uint16_t port = 0;
};

/// A URL that the gateway itself requests.
struct http_url {
    endpoint server;
    std::string target; ///< path and query as written; "/" if there is no path
};

/// An address range in CIDR notation, in 16-byte form (IPv4 mapped to ::ffff:0:0/96).
struct network {
    std::array<unsigned char, 16> address{};
    unsigned prefix = 128; ///< in bits of the 16-byte form: 10.0.0.0/8 has 104
    bool contains(const std::array<unsigned char, 16>& ip) const;
};

/// Location of a value in the files, for errors that are found after loading.
struct place {
    std::string file;
    int line = 0;   ///< from 1; 0 = a default
    int column = 0; ///< from 1
};

struct node_settings {
    std::string name;
    unsigned reactors = 1; ///< `auto` is already resolved
};

struct listen_settings {
    endpoint bind;
};

struct admin_settings {
    endpoint bind{"127.0.0.1", 9901};
    std::string token; ///< empty = not required
};

struct limit_settings {
    std::uint64_t header_bytes = 32 * 1024;
    std::uint32_t header_count = 100;
    std::uint64_t answer_header_bytes = 64 * 1024;
    std::uint64_t body = 1024 * 1024;
    std::uint32_t connections = 100000;
    std::uint64_t requests_per_connection = 0; ///< 0 = no limit
};

struct timeout_settings {
    milliseconds header{10000}, body_idle{30000}, idle{75000}, request{15000}, tunnel_idle{300000},
        drain{30000};
};

enum class log_level : unsigned char { trace, debug, info, warn, error, off };
enum class access_format : unsigned char { json, common };

struct log_settings {
    log_level level = log_level::info;
    std::string access_to = "stdout"; ///< stdout | stderr | off | a path
    access_format format = access_format::json;
};

struct tls_files {
    std::string certificate, key, ca; ///< paths of PEM files
};

struct cluster_settings {
    endpoint bind{"0.0.0.0", 7946};
    std::vector<endpoint>
        seeds; ///< a name means all its addresses; this node's own address is skipped
    std::optional<tls_files> tls; ///< always present unless bind is loopback
    milliseconds heartbeat{500}, suspect_after{2000}, dead_after{6000};
};

struct redis_settings {
    enum class topology : unsigned char { standalone, sentinel, cluster };
    topology type = topology::standalone;
    std::vector<endpoint> addresses; ///< the server, the Sentinels or nodes of the Redis Cluster
    std::string primary;             ///< sentinel only: the name of the primary that they monitor
    std::string user, password;      ///< empty = none
    unsigned database = 0;           ///< unused by cluster
};

struct store_settings {
    std::optional<redis_settings> redis; ///< absent = memory of this node
    milliseconds timeout{20};            ///< for one command
    std::string prefix = "thalamus:";
};

struct limit_key_part {
    enum class kind : unsigned char { consumer, client_ip, route, header, claim };
    kind type = kind::consumer;
    std::string name; ///< of the header (lower case) or claim
};

enum class limit_algorithm : unsigned char { token_bucket, fixed_window, sliding_window };
enum class on_missing_key : unsigned char { client_ip, reject, skip };
enum class on_store_failure : unsigned char { share, open, closed };

struct rate_limit_settings {
    std::string name;
    std::vector<limit_key_part> key{limit_key_part{}}; ///< all parts together form the key
    std::uint64_t count = 0;                           ///< per period
    milliseconds period{0};
    std::uint64_t burst = 0; ///< token bucket only; default is the count
    limit_algorithm algorithm = limit_algorithm::token_bucket;
    on_missing_key missing = on_missing_key::client_ip;
    unsigned ipv6_prefix = 64;
    on_store_failure failure = on_store_failure::share;
    bool dry_run = false;
    place where;
};

/// The part of a request that may contain a credential. `bearer` and `basic` are schemes of
/// Authorization.
struct credential_source {
    enum class kind : unsigned char { bearer, basic, header, cookie, query };
    kind type = kind::bearer;
    std::string name; ///< of the header (lower case), cookie or query parameter
};

/// The URL of the keys that an issuer publishes.
struct key_url_settings {
    std::string text; ///< the URL as written
    http_url url;
    milliseconds timeout{2000};   ///< for one fetch
    milliseconds cooldown{10000}; ///< after a fetch did not find the unknown key of a token
    milliseconds keep{
        std::chrono::hours(24)}; ///< how long keys stay valid when they cannot be fetched again
};

/// JSON Web Tokens of one issuer.
struct jwt_settings {
    std::string issuer;
    std::vector<std::string> audience;
    std::vector<std::string> algorithms;  ///< names from RFC 7518, at least one
    std::optional<key_url_settings> jwks; ///< absent = key_file is set
    std::string key_file;                 ///< path of a JSON Web Key Set
    std::string keys;                     ///< contents of key_file; may contain secrets
    milliseconds leeway{30000};
    bool require_exp = true;
    std::vector<credential_source> from{credential_source{}};
};

struct api_key_settings {
    std::vector<credential_source> from{{credential_source::kind::header, "x-api-key"}};
};

/// User and password of a consumer (RFC 7617).
struct basic_settings {
    std::string realm; ///< visible ASCII and spaces, without quotes and backslashes
    std::vector<credential_source> from{{credential_source::kind::basic, ""}}; ///< never changed
};

/// Opaque tokens that their issuer validates (RFC 7662).
struct introspection_settings {
    std::string text; ///< the URL as written
    http_url url;
    std::string client_id, client_secret; ///< the gateway's credentials at the issuer
    milliseconds cache{60000};            ///< lifetime of a response; 0 = no cache
    milliseconds timeout{2000};           ///< for one call
    std::vector<credential_source> from{credential_source{}};
};

/// A service that decides about each request.
struct forward_settings {
    std::string text; ///< the URL as written
    http_url url;
    /// The request headers that are sent to the service. The body is not sent.
    std::vector<credential_source> from{{credential_source::kind::header, "authorization"},
                                        {credential_source::kind::header, "cookie"}};
    std::vector<std::string> copy; ///< response headers that are passed to the target, as written
    milliseconds timeout{500};     ///< for one call
};

/// An auth method that routes refer to by name.
struct auth_settings {
    std::string name;
    std::variant<jwt_settings, api_key_settings, basic_settings, introspection_settings,
                 forward_settings>
        auth_method;
    place where;
};

struct basic_user {
    std::string user;
    std::string password_hash; ///< accepted by password_hash_fault()
};

struct consumer_settings {
    std::string name;
    std::vector<std::string> groups;
    std::vector<std::array<unsigned char, 32>> api_keys; ///< SHA-256 of each
    std::optional<basic_user> basic;
    place where;
};

/// A claim that must have one of the accepted values, or contain one if it is a list.
struct claim_requirement {
    std::string name; ///< as written: "tier", or "realm.tier" for a member of an object
    std::vector<std::string> accepted;
};

struct require_settings {
    std::vector<std::string> scopes, any_scope, groups; ///< all scopes, any scope, any group
    std::vector<claim_requirement> claims;              ///< all claims
    std::vector<network> ip, deny_ip; ///< client address: in one (if not empty), not in any
    bool of_principal() const {
        return !scopes.empty() || !any_scope.empty() || !groups.empty() || !claims.empty();
    }
    bool empty() const { return !of_principal() && ip.empty() && deny_ip.empty(); }
};

struct target_settings {
    std::string url; ///< as written
    endpoint address;
    std::uint32_t weight = 1;
};

struct status_range {
    unsigned short first = 0, last = 0; ///< inclusive
};

struct health_settings {
    std::string path = "/";
    milliseconds interval{5000}, timeout{1000};
    unsigned healthy_after = 2, unhealthy_after = 3;
    std::vector<status_range> status{{200, 399}};
};

struct outlier_settings {
    unsigned consecutive_failures = 5;
    milliseconds eject_for{30000};
    unsigned max_ejected = 50; ///< percent
};

struct retry_settings {
    unsigned attempts = 2; ///< including the first
    bool on_connect = true, on_reset = true, on_timeout = false;
    std::vector<status_range> on_status;
    milliseconds backoff{25};
    unsigned budget = 20; ///< percent of the service's requests
    std::vector<std::string> methods{"GET", "HEAD", "OPTIONS", "PUT", "DELETE"};
};

enum class balance_by : unsigned char { least_requests, round_robin, hash };

/// The source of the value that `hash_on` and `split.on` hash.
struct hash_source {
    enum class kind : unsigned char { client_ip, header, cookie, principal, path };
    kind type = kind::client_ip;
    std::string name; ///< of the header (lower case) or cookie
};

enum class host_policy : unsigned char { preserve, target, literal };

struct service_settings {
    std::string name;
    std::vector<target_settings> targets;
    balance_by balance = balance_by::least_requests;
    hash_source hash_on;
    milliseconds connect_timeout{2000}, timeout{10000};
    unsigned max_connections = 256; ///< on this node
    bool per_target = true;         ///< max_connections is per target, else for the whole service
    milliseconds idle{60000};
    host_policy host = host_policy::preserve;
    std::string host_literal;
    std::optional<health_settings> health;                       ///< absent = passive only
    std::optional<outlier_settings> outlier{outlier_settings{}}; ///< absent = `off`
    std::optional<retry_settings> retry{retry_settings{}};       ///< absent = `off`
    place where;
};

struct header_match {
    std::string name; ///< headers: lower case; query parameters: as written
    std::string value;
};

struct match_settings {
    path_pattern path;
    std::vector<std::string> methods; ///< empty = all; upper case
    std::vector<std::string> hosts;   ///< lower case, no port; "*.example.com" = one or more labels
    std::vector<header_match> headers, query;
};

struct rewrite_settings {
    std::string strip_prefix; ///< whole segments; empty = none
    std::optional<text_template> path;
    std::optional<text_template> host;
};

struct header_edit {
    std::string name; ///< as written
    text_template value;
};

/// Applied in this order: remove, set, add.
struct header_edits {
    std::vector<std::string> remove;
    std::vector<header_edit> set, add;
    bool empty() const { return remove.empty() && set.empty() && add.empty(); }
};

struct cors_settings {
    std::vector<std::string>
        origins; ///< exact, "*", or with one "*" label ("https://*.example.com")
    std::vector<std::string> methods, headers, expose;
    bool credentials = false;
    milliseconds max_age{600000};
};

struct service_action {
    std::size_t service = 0; ///< index into snapshot::services
};

struct split_action {
    hash_source on;
    struct share {
        std::size_t service = 0;
        std::uint32_t weight = 1;
    };
    std::vector<share> to;
};

struct respond_action {
    unsigned status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body; ///< from text, json or file, which also set Content-Type if it is not given
};

struct redirect_action {
    text_template to;
    unsigned status = 308;
};

struct route_settings {
    std::string id;
    match_settings match;
    bool allow_encoded_slash = false, allow_semicolon = false;
    rewrite_settings rewrite;
    header_edits request_headers, response_headers;
    std::optional<cors_settings> cors;
    std::optional<milliseconds> timeout; ///< default: timeouts.request
    std::optional<std::uint64_t> body;   ///< default: limits.body
    std::vector<std::size_t> auth;       ///< indices into snapshot::auth, in order; empty = none
    bool auth_optional = false, hide_credentials = false;
    require_settings require;
    std::vector<std::size_t> rate_limits; ///< indices into snapshot::rate_limits: all must allow
    std::variant<service_action, split_action, respond_action, redirect_action> action;
    place where;
};

struct snapshot {
    node_settings node;
    std::vector<listen_settings> listen{{{"0.0.0.0", 8080}}}; ///< at least one
    admin_settings admin;
    std::vector<network> trusted_proxies;
    limit_settings limits;
    timeout_settings timeouts;
    log_settings log;
    std::optional<cluster_settings> cluster; ///< absent = one node
    store_settings store;
    std::vector<consumer_settings> consumers;
    std::vector<auth_settings> auth;
    std::vector<rate_limit_settings> rate_limits;
    std::vector<service_settings> services;
    std::vector<route_settings> routes;
    std::string version;   ///< hash of the effective configuration, 12 hex digits
    std::string effective; ///< JSON with secrets masked; the admin port serves it at /config
};

using snapshot_ptr = std::shared_ptr<const snapshot>;

} // namespace thalamus::config
