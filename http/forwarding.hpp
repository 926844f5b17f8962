#pragma once
// Writes the heads that are forwarded: requests to targets, and responses to clients. Decides which
// fields are end-to-end, adds the fields that a gateway must add, and writes the framing itself, so
// that all parties read a message in the same way. See docs/configuration.md "Forwarding".
// Pure; any thread; allocates only if the output string has to grow.

#include "config/route_settings.hpp"
#include "config/service_settings.hpp"
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

/// Decisions made at load, per route and service.
struct forward_plan {
    config::host_policy host = config::host_policy::preserve;
    std::string host_literal;
    const config::text_template* rewrite_host =
        nullptr; ///< from the route; takes precedence over the policy of the service
    header_plan edits;
};

/// `route` and `service` must outlive the plan.
forward_plan make_forward_plan(const config::route_settings& route,
                               const config::service_settings& service);

/// The parameters of one request to one target.
struct outgoing_request {
    const request_head* head = nullptr;
    std::string_view path, query;      ///< after rewriting; query with its "?"
    std::string_view authority;        ///< requested by the client: Host, or from the absolute form
    std::string_view target_authority; ///< host[:port] of the target, IPv6 in brackets
    const client_address* client = nullptr;
    std::string_view request_id;
    std::string_view traceparent;
    bool keep_tracestate = false;              ///< the trace is continued
    body_framing framing = body_framing::none; ///< none, length or chunked
    std::uint64_t content_length = 0;
    bool close = false;                        ///< the connection to the target is not used again
    const template_context* context = nullptr; ///< for the plan's edits
    std::string_view identity_lines; ///< authenticated identity: complete lines, values safe
    credential_places hidden; ///< removed from the fields; the caller removes them from the query
};

/// Appends request-line, fields and the empty line to `out`. The caller has removed the identity
/// fields that the client must not set (http/identity_fields.hpp).
void write_request_head(const forward_plan& plan, const outgoing_request& request,
                        std::string& out);

/// Whether the request must not be forwarded: OPTIONS or TRACE with `Max-Forwards: 0` (RFC 9110
/// section 7.6.2). The gateway then sends a local response.
bool ends_here(const request_head& head);

/// The parameters of one response.
struct outgoing_response {
    const response_head* head = nullptr;
    const header_plan* edits = nullptr; ///< null = none
    const cors_policy* cors = nullptr;  ///< null = keep the fields of the target
    std::string_view origin;            ///< of the request, for `cors`
    std::string_view request_id;
    std::string_view date; ///< used if the target sent none
    limit_fields limits;
    body_framing framing = body_framing::none; ///< as sent to the client
    std::uint64_t content_length = 0;          ///< with framing == length
    bool describes_body = false; ///< HEAD or 304: keep the target's Content-Length, no body follows
    bool close = false;          ///< the client's connection is closed after this response
    unsigned client_version = 11;
    const template_context* context = nullptr; ///< for the edits
};

/// Appends status-line, fields and the empty line to `out`. The gateway adds no fields to an
/// interim response (1xx); 101 keeps its Upgrade.
void write_response_head(const outgoing_response& response, std::string& out);

} // namespace thalamus::http
