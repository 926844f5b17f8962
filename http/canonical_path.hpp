#pragma once
// The one canonical form of a request's path: router, authorization, cache key and target all see
// this one and no other. Rules: docs/configuration.md "Paths" and "Queries". Pure; any thread.

#include "http/parse.hpp"

#include <string>
#include <string_view>

namespace thalamus::http {

/// What a request-target says (RFC 9112 3.2), its path in canonical form.
struct request_uri {
    enum class form : unsigned char {
        origin,   ///< /path?query
        absolute, ///< http://authority/path?query: `authority` counts instead of Host
        asterisk  ///< * (OPTIONS only: the caller checks); no path, no query
    };
    refusal why{}; ///< 400 if the target cannot be served; then nothing else counts
    form type = form::origin;
    std::string_view path;      ///< begins with "/"; no dot segments, no "//", escapes upper-cased
    std::string_view query;     ///< byte for byte, with its "?" (a lone "?" is kept); empty = none
    std::string_view authority; ///< of the absolute form: host[:port]
    bool has_encoded_slash = false; ///< %2F stands in the path: 400 unless the route allows it
    bool has_semicolon = false;     ///< ";" stands in the path: 400 unless the route allows it
};

/// Views point into `target`, or into `buffer` where the path had to change (it is overwritten;
/// nothing is written, and nothing allocated, for a path that is canonical already).
request_uri canonicalize(std::string_view target, std::string& buffer);

} // namespace thalamus::http
