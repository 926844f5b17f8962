#pragma once
// The path patterns and text templates of the configuration language, parsed once at load.
// Pure values; any thread may read them.

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace thalamus::config {

/// One segment of a path pattern such as "/users/{id}/files/{rest...}".
struct pattern_segment {
    enum class kind : unsigned char {
        literal, ///< matches exactly `text` in canonical form, see http/canonical_path.hpp
        capture, ///< {name}: one non-empty segment
        rest, ///< {name...}: the rest, including slashes, possibly empty; must be the last segment
    };
    kind type = kind::literal;
    std::string text; ///< literal text, or the capture's name
};

/// A parsed `match.path`. "/" has no segments; a trailing "/" is kept as an empty literal segment.
struct path_pattern {
    std::string source; ///< as written
    std::vector<pattern_segment> segments;
};

/// Why a text could not be parsed: the problem, and the remedy.
struct syntax_error {
    std::string message;
    std::string hint;
};

std::variant<path_pattern, syntax_error> parse_path_pattern(std::string_view text);

/// A variable in a template, or the literal text between two variables.
struct template_part {
    enum class kind : unsigned char {
        literal,
        capture,   ///< {id}: name = "id"
        query,     ///< {query.page}
        header,    ///< {header.X-Tenant}; name in lower case
        claim,     ///< {claim.sub}
        consumer,  ///< {consumer}
        client_ip, ///< {client_ip}
        host,      ///< {host}
    };
    kind type = kind::literal;
    std::string text; ///< literal text, or the name
};

/// A parsed template, as in `rewrite.path`, header values and `redirect.to`.
struct text_template {
    std::string source; ///< as written
    std::vector<template_part> parts;
    bool is_literal() const {
        return parts.empty() ||
               (parts.size() == 1 && parts[0].type == template_part::kind::literal);
    }
};

std::variant<text_template, syntax_error> parse_template(std::string_view text);

} // namespace thalamus::config
