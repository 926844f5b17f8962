#pragma once
// The output of `thalamus routes`, as text. Pure, for any thread.

#include "config/snapshot.hpp"

#include <string>
#include <string_view>

namespace thalamus::app {

/// A table of all routes, one per line.
std::string list_routes(const config::snapshot& snapshot);

/// Explains which route a request would match, and why: the canonical path, and each route whose
/// path matches, in the order in which they are tried, with the reason if it is not selected. `url`
/// is a path or an absolute URL.
std::string explain_route(const config::snapshot& snapshot, std::string_view method,
                          std::string_view url);

} // namespace thalamus::app
