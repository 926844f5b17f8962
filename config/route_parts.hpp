#pragma once
// The blocks of a route that depend on the rest of it, each with a reader and a writer. A writer
// adds nothing if the route does not have the block. Private to config/.

#include "config/block_writer.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace thalamus::config {

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
void write_action(block_writer& route, const snapshot& all, const route_settings& from);
/// The body of `respond`: at most one of text, json and file.
void read_respond_body(block& respond, respond_action& into);

/// request_headers and response_headers
void read_header_edits(block& route, const route_scope& scope, route_settings& into);
void write_header_edits(block_writer& route, const route_settings& from);

enum class message_kind : unsigned char { request, response };
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
void write_rewrite(block_writer& route, const rewrite_settings& from);

/// auth, auth_optional, hide_credentials, require
void read_route_auth(block& route, const route_scope& scope, route_settings& into);
void write_route_auth(block_writer& route, const snapshot& all, const route_settings& from);

/// Reads a list of names of a route, or a single name without a list, and returns the indices.
/// `kind` is the kind of thing, such as "rate limit"; `section` is the section that defines it.
std::vector<std::size_t> read_references(block& route, std::string_view key,
                                         const index_by_name& known, std::string_view kind,
                                         std::string_view section);

} // namespace thalamus::config
