#pragma once
// Local responses, which the gateway itself creates: problem details (RFC 9457), `respond`,
// `redirect`, preflights. Pure; any thread.

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

/// The common parts of local responses. Values in `fields` must not contain CR, LF or NUL.
struct local_response {
    unsigned status = 200;
    std::string_view request_id; ///< empty = not known yet
    std::string_view date;
    std::span<const own_field> fields = {}; ///< Allow, Retry-After, Location, Content-Type...
    std::string_view lines = {};            ///< more fields as complete lines with CRLF
    limit_fields limits = {};
    const cors_policy* cors = nullptr;
    std::string_view origin = {};       ///< of the request, for `cors`
    const header_plan* edits = nullptr; ///< the route's response_headers
    const template_context* context = nullptr;
    bool head_only = false; ///< the request was HEAD
    bool close = false;
    unsigned client_version = 11;
};

/// Appends head and body. 1xx, 204 and 304 have neither a body nor Content-Length.
void write_local_response(const local_response& response, std::string_view body, std::string& out);

/// Appends a response with a problem detail of type about:blank. `instance` is the path of the
/// request; bytes that are not valid in a URI are encoded. `detail` may be empty. `edits` cannot
/// change Content-Type and Cache-Control.
void write_problem(const local_response& response, std::string_view instance,
                   std::string_view detail, std::string& out);

/// The reason phrase of a status code ("Not Found"), or "" if it is unknown.
std::string_view reason_phrase(unsigned status);

} // namespace thalamus::http
