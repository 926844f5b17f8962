#pragma once
// The URI that is sent to the target: `rewrite` of a route. Pure; any thread.

#include "config/route_settings.hpp"
#include "http/parse.hpp"
#include "http/template_expand.hpp"

#include <string>
#include <string_view>

namespace thalamus::http {

struct rewritten_uri {
    http::refusal refusal{}; ///< 400: a value for rewrite.path is missing or not valid in a path
    std::string_view path;   ///< canonical
    std::string_view query;  ///< with its "?"; empty = none
};

/// `path` is canonical, and `context.query` is the query of the request with its "?". Views in the
/// result point into these or into `buffer`, which is overwritten. A rewritten path is made
/// canonical again, so it cannot escape from the path that the template names.
rewritten_uri rewrite_uri(const config::rewrite_settings& settings, std::string_view path,
                          const template_context& context, std::string& buffer);

} // namespace thalamus::http
