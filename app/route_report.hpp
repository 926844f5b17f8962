#pragma once
// What `thalamus routes` prints, as text. Pure; any thread.

#include "config/snapshot.hpp"

#include <string>
#include <string_view>

namespace thalamus::app {

/// The table of all routes, a line each.
std::string list_routes(const config::snapshot& snapshot);

/// Which route would answer, and why: the canonical path, each route whose path fits, in the order
/// in which they are tried, with what speaks against it. `url` is a path or an absolute URL.
std::string explain_route(const config::snapshot& snapshot, std::string_view method,
                          std::string_view url);

} // namespace thalamus::app
