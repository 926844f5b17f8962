#pragma once
// The settings of a route: what it matches, what it changes, and its action.
// Parts of the snapshot (config/snapshot.hpp): immutable after loading; any thread may read them.

#include "config/auth_settings.hpp"
#include "config/pattern.hpp"
#include "config/values.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace thalamus::config {

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
    /// Exact, "*", or with one "*" label ("https://*.example.com").
    std::vector<std::string> origins;
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

} // namespace thalamus::config
