#pragma once
// The canonical form of a request path. Router, authorization, cache key and target all see this
// form only. Rules: docs/configuration.md "Paths" and "Queries". Pure; any thread.

#include "http/parse.hpp"

#include <string>
#include <string_view>

namespace thalamus::http {

/// The parts of a request-target (RFC 9112 section 3.2), with the path in canonical form.
struct request_uri {
    enum class form : unsigned char {
        origin,   ///< /path?query
        absolute, ///< http://authority/path?query: `authority` replaces Host
        asterisk  ///< * without path and query; the caller checks that the method is OPTIONS
    };
    http::refusal refusal{}; ///< 400 if the target is rejected; then ignore the rest
    form type = form::origin;
    std::string_view path;      ///< begins with "/"; no dot segments, no "//", escapes upper-cased
    std::string_view query;     ///< unchanged, with its "?" (a lone "?" is kept); empty = none
    std::string_view authority; ///< absolute form only: host[:port]
    bool has_encoded_slash = false; ///< the path contains %2F: 400 unless the route allows it
    bool has_semicolon = false;     ///< the path contains ";": 400 unless the route allows it
};

/// Views point into `target`, or into `buffer` if the path had to be changed. `buffer` is
/// overwritten; for a path that is already canonical, nothing is written or allocated.
request_uri canonicalize(std::string_view target, std::string& buffer);

} // namespace thalamus::http
