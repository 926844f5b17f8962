#pragma once
// The readers of the sections of the configuration language. Each reads a part of the tree into a
// part of the snapshot. Problems go to the reader; a wrong value keeps its default.

#include "config/reader.hpp"
#include "config/snapshot.hpp"

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace thalamus::config {

/// node, listen, admin, trusted_proxies, limits, timeouts, log
void read_gateway(block& top, snapshot& into);

/// Call after read_gateway(): the cluster port must differ from the ports of listeners and admin.
void read_cluster(block& top, snapshot& into);
void read_store(block& top, store_settings& into);
void read_rate_limits(block& top, std::vector<rate_limit_settings>& into);
void read_consumers(block& top, std::vector<consumer_settings>& into);
void read_auth(block& top, std::vector<auth_settings>& into);
introspection_settings read_introspection(reader& in, const cursor& at);
forward_settings read_forward(reader& in, const cursor& at);
/// The key `from`: the sources of a credential. `bearer` tells whether `bearer` may be one of them.
void read_sources(block& from, std::vector<credential_source>& into, bool bearer);

void read_services(block& top, snapshot& into);

/// Call after read_services(), read_auth() and read_rate_limits(), whose names routes use. Also
/// reports conflicts between routes.
void read_routes(block& top, snapshot& into);

using index_by_name = std::unordered_map<std::string_view, std::size_t>;

/// What the readers of the parts of one route need to know about the rest.
struct route_scope {
    const index_by_name& services;
    const index_by_name& rate_limits;
    const index_by_name& auth;
    const path_pattern* pattern = nullptr; ///< null if it could not be parsed
    bool has_cors = false, has_auth = false;
};

/// service | split | respond | redirect: a route has exactly one.
void read_action(block& route, const route_scope& scope, route_settings& into);
/// The body of `respond`: at most one of text, json and file.
void read_respond_body(block& respond, respond_action& into);

enum class message_kind : unsigned char { request, response };
void read_header_edits(block& route, std::string_view key, message_kind kind,
                       const route_scope& scope, header_edits& into);
/// The header name at `at`, unless only the gateway may set this header.
std::optional<std::string> read_header_name(reader& in, const cursor& at, const std::string& name,
                                            message_kind kind, const route_scope& scope);
/// The value of a header that cannot be a template.
std::optional<std::string> read_header_value(reader& in, const cursor& at);
void read_cors(block& route, route_settings& into);

/// A template whose variables all have a value on this route.
std::optional<text_template> read_template(reader& in, const cursor& at, const route_scope& scope);
/// The template with "x" for each variable, to check its literal text.
std::string skeleton_of(const text_template& value);
void read_rewrite(block& route, const route_scope& scope, rewrite_settings& into);

/// auth, auth_optional, hide_credentials, require
void read_route_auth(block& route, const route_scope& scope, route_settings& into);

/// Reads a list of names of a route, or a single name without a list, and returns the indices.
/// `what` is the kind of thing, such as "rate limit"; `section` is the section that defines it.
std::vector<std::size_t> read_references(block& route, std::string_view key,
                                         const index_by_name& known, std::string_view what,
                                         std::string_view section);

/// The limits that `rate_limit` of a route names, as indices into snapshot::rate_limits.
void read_route_limits(block& route, const route_scope& scope, std::vector<std::size_t>& into);

/// The key `bind`, an address to listen on: an IP address or localhost. Port 0 means any free port.
std::optional<endpoint> read_bind(block& from);
/// True if a connection to one of the addresses could also be meant for the other.
bool overlap(const endpoint& a, const endpoint& b);
/// An address to connect to.
std::optional<endpoint> read_server(reader& in, const cursor& at, std::uint16_t default_port);

/// The texts of a list without duplicates; a single text needs no list. `example` is the hint if
/// the value is something else.
std::vector<std::string> read_texts(block& from, std::string_view key, const std::string& example);
std::optional<hash_source> read_hash_source(reader& in, const cursor& at);
std::vector<status_range> read_statuses(reader& in, const cursor& at);
/// Methods in upper case.
std::optional<std::vector<std::string>> read_methods(reader& in, const cursor& at);
/// A list of header names.
std::optional<std::vector<std::string>> read_tokens(reader& in, const cursor& at);

} // namespace thalamus::config
