#pragma once
// Answers that the gateway itself gives: problem details (RFC 9457), `respond`, `redirect`,
// preflights. Pure; any thread.

#include "http/cors.hpp"
#include "http/head.hpp"
#include "http/header_plan.hpp"
#include "http/limit_fields.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace thalamus::http {

using own_field = std::pair<std::string_view, std::string_view>;

/// What all of them have in common. Values of `fields` must be free of CR, LF and NUL.
struct own_answer {
    unsigned status = 200;
    std::string_view request_id; ///< empty = none known yet
    std::string_view date;
    std::span<const own_field> fields = {}; ///< Allow, Retry-After, Location, Content-Type...
    std::string_view lines = {};            ///< more of them, complete with CRLF
    limit_fields limits = {};
    const cors_policy* cors = nullptr;
    std::string_view origin = {};       ///< of the request, for `cors`
    const header_plan* edits = nullptr; ///< the route's response_headers
    const template_context* context = nullptr;
    bool head_only = false; ///< the request was HEAD
    bool close = false;
    unsigned client_version = 11;
};

/// Appends head and body. 1xx, 204 and 304 get neither body nor Content-Length.
void write_own_answer(const own_answer& answer, std::string_view body, std::string& out);

/// Appends an answer with a problem detail of type about:blank. `instance` is the request's path (any
/// bytes; what a URI cannot hold is encoded), `detail` may be empty. Its Content-Type and Cache-Control
/// stand, whatever `edits` say.
void write_problem(const own_answer& answer, std::string_view instance, std::string_view detail,
                   std::string& out);

/// The reason phrase of a status ("Not Found"), or "" for an unknown one.
std::string_view reason_phrase(unsigned status);

} // namespace thalamus::http
