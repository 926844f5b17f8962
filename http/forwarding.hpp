#pragma once
// Writes the heads that go on: of a request to a target, of its answer to the client. Decides which
// fields are end-to-end, adds what a gateway must add, and writes framing itself, so that no two
// parties can read a message differently. docs/configuration.md "Forwarding".
// Pure; any thread; allocates only when the output string has to grow.

#include "config/snapshot.hpp"
#include "http/client_address.hpp"
#include "http/cors.hpp"
#include "http/head.hpp"
#include "http/header_plan.hpp"
#include "http/hidden_credentials.hpp"
#include "http/limit_fields.hpp"
#include "http/template_expand.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace thalamus::http {

/// What is decided at load, per route and service.
struct forward_plan {
    config::host_policy host = config::host_policy::preserve;
    std::string host_literal;
    const config::text_template* rewrite_host =
        nullptr; ///< the route's, before the service's policy
    header_plan edits;
};

/// `route` and `service` must outlive the plan.
forward_plan make_forward_plan(const config::route_settings& route,
                               const config::service_settings& service);

/// What belongs to one request to one target.
struct outgoing_request {
    const request_head* head = nullptr;
    std::string_view path, query;      ///< after rewriting; query with its "?"
    std::string_view authority;        ///< asked for by the client: Host, or of the absolute form
    std::string_view target_authority; ///< host[:port] of the target, IPv6 in brackets
    const client_address* client = nullptr;
    std::string_view request_id;
    std::string_view traceparent;
    bool keep_tracestate = false;              ///< the trace is continued
    body_framing framing = body_framing::none; ///< none, length or chunked
    std::uint64_t content_length = 0;
    bool close = false;                        ///< the connection to the target is not used again
    const template_context* context = nullptr; ///< for the plan's edits
    std::string_view identity_lines;           ///< who was authenticated: whole lines, values safe
    credential_places hidden; ///< taken out of the fields; of the query by the caller
};

/// Appends request-line, fields and the empty line to `out`. What the client must not say of who it is was
/// taken out of the fields before (http/identity_fields.hpp).
void write_request_head(const forward_plan& plan, const outgoing_request& request,
                        std::string& out);

/// Whether the sender wants nobody behind the gateway to see the request: OPTIONS or TRACE with
/// `Max-Forwards: 0` (RFC 9110 7.6.2). The gateway then answers itself.
bool ends_here(const request_head& head);

/// What belongs to one answer.
struct outgoing_response {
    const response_head* head = nullptr;
    const header_plan* edits = nullptr; ///< null = none
    const cors_policy* cors = nullptr;  ///< null = the target's own fields stay
    std::string_view origin;            ///< of the request, for `cors`
    std::string_view request_id;
    std::string_view date; ///< used if the target sent none
    limit_fields limits;
    body_framing framing = body_framing::none; ///< as sent to the client
    std::uint64_t content_length = 0;          ///< with framing == length
    bool describes_body =
        false;          ///< HEAD or 304: the target's Content-Length stays, no body follows
    bool close = false; ///< the client's connection ends after this answer
    unsigned client_version = 11;
    const template_context* context = nullptr; ///< for the edits
};

/// Appends status line, fields and the empty line to `out`. An interim answer (1xx) gets nothing of
/// the gateway's own; 101 keeps its Upgrade.
void write_response_head(const outgoing_response& response, std::string& out);

} // namespace thalamus::http
