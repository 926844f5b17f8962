#pragma once
// What the target sees of a request's URI: `rewrite` of a route. Pure; any thread.

#include "config/snapshot.hpp"
#include "http/parse.hpp"
#include "http/template_expand.hpp"

#include <string>
#include <string_view>

namespace thalamus::http {

struct rewritten_uri {
    refusal why{};          ///< 400: a value for rewrite.path is missing or cannot stand in a path
    std::string_view path;  ///< canonical
    std::string_view query; ///< with its "?"; empty = none
};

/// `path` is canonical and `from.query` the request's query with its "?". Views in the result point
/// into those or into `buffer` (overwritten). strip_prefix goes first; what is left is canonical
/// again, so no rewrite can end outside of what it names.
rewritten_uri rewrite_uri(const config::rewrite_settings& settings, std::string_view path,
                          const template_context& from, std::string& buffer);

} // namespace thalamus::http
