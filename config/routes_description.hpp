#pragma once
// The keys of match, require and cors of a route. Its other blocks depend on the rest of the route
// and have no description: config/route_parts.hpp. Private to config/.

#include "config/notations.hpp"

namespace thalamus::config {

std::optional<path_pattern> read_path_pattern(reader& in, const cursor& at);
std::string to_text(const path_pattern& pattern);
/// At least one method.
std::optional<std::vector<std::string>> read_matched_methods(reader& in, const cursor& at);
std::optional<std::vector<std::string>> read_host_patterns(reader& in, const cursor& at);
void read_header_conditions(reader& in, const cursor& at, std::vector<header_match>& into);
void read_query_conditions(reader& in, const cursor& at, std::vector<header_match>& into);
void write_conditions(block_writer& out, std::string_view key,
                      const std::vector<header_match>& from);

inline constexpr notation<path_pattern> path_pattern_notation{read_path_pattern, to_text};
inline constexpr list_notation<std::string> matched_methods{read_matched_methods, as_is};
inline constexpr list_notation<std::string> host_patterns{read_host_patterns, as_is};

template <class Block>
void describe(Block& match, match_settings& into) {
    match.value("path", into.path, path_pattern_notation,
                "as in match: {path: \"/users/{id}\"}; \"/{rest...}\" matches every path");
    match.list_if_any("methods", into.methods, matched_methods);
    match.list_if_any("hosts", into.hosts, host_patterns);
    match.custom("headers", into.headers, read_header_conditions, write_conditions);
    match.custom("query", into.query, read_query_conditions, write_conditions);
}

std::optional<std::vector<std::string>> read_scopes(reader& in, const cursor& at);
std::optional<std::vector<std::string>> read_required_groups(reader& in, const cursor& at);
void read_claims(reader& in, const cursor& at, std::vector<claim_requirement>& into);
void write_claims(block_writer& out, std::string_view key,
                  const std::vector<claim_requirement>& from);

inline constexpr list_notation<std::string> scope_list{read_scopes, as_is};
inline constexpr list_notation<std::string> required_groups{read_required_groups, as_is};

template <class Block>
void describe(Block& require, require_settings& into) {
    require.list_if_any("scopes", into.scopes, scope_list);
    require.list_if_any("any_scope", into.any_scope, scope_list);
    require.list_if_any("groups", into.groups, required_groups);
    require.custom("claims", into.claims, read_claims, write_claims);
    require.list_if_any("ip", into.ip, network_list);
    require.list_if_any("deny_ip", into.deny_ip, network_list);
}

std::optional<std::vector<std::string>> read_origins(reader& in, const cursor& at);

inline constexpr list_notation<std::string> origin_list{read_origins, as_is};

template <class Block>
void describe(Block& cors, cors_settings& into) {
    cors.list("origins", into.origins, origin_list, "as in origins: [\"https://app.example.com\"]");
    cors.list("methods", into.methods, method_list);
    cors.list("headers", into.headers, header_name_list);
    cors.list("expose", into.expose, header_name_list);
    cors.boolean("credentials", into.credentials);
    cors.duration("max_age", into.max_age, milliseconds(0), milliseconds(24 * 3600 * 1000));
}

} // namespace thalamus::config
