#pragma once
// Heads of HTTP messages as values. Nothing here owns text: all views point into bytes that the
// owner of the head keeps. An exchange keeps the bytes of its request head for its whole life.
// Terms: RFC 9110. Single-threaded values; no sockets, no clock.

#include "base/ascii.hpp"

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <string_view>

namespace thalamus::http {

/// Field names that the gateway itself uses; all others are `other`. A number, so that the hot path
/// does not compare text.
enum class field_id : unsigned char {
    other,
    accept,
    authorization,
    connection,
    content_length,
    content_type,
    cookie,
    date,
    expect,
    forwarded,
    host,
    keep_alive,
    max_forwards,
    origin,
    proxy_authenticate,
    proxy_authorization,
    proxy_connection,
    server,
    te,
    trailer,
    transfer_encoding,
    traceparent,
    tracestate,
    upgrade,
    via,
    x_forwarded_for,
    x_forwarded_host,
    x_forwarded_port,
    x_forwarded_proto,
    x_real_ip,
    x_request_id,
    count
};

/// The id of a field name (case-insensitive), or `other`.
field_id to_field_id(std::string_view name);

struct field {
    field_id id = field_id::other;
    std::string_view name;  ///< as received
    std::string_view value; ///< without surrounding whitespace
    /// Set by the gateway, not received: Connection fields do not apply to it.
    bool own = false;
};

using field_list = boost::container::small_vector<field, 24>;

/// The first value of a field, or a view with null data.
std::string_view find(const field_list& fields, field_id id);
std::string_view find(const field_list& fields, std::string_view name);
bool contains(const field_list& fields, field_id id);
// Names of fields are compared by these.
using base::iequals;
using base::istarts_with;

enum class body_framing : unsigned char {
    none,
    length,  ///< Content-Length
    chunked, ///< Transfer-Encoding: chunked
    close    ///< until the connection is closed (responses only)
};

struct request_head {
    std::string_view method;
    std::string_view target; ///< request-target as received
    unsigned version = 11;   ///< 10 or 11
    field_list fields;
    body_framing framing = body_framing::none;
    std::uint64_t content_length = 0; ///< with framing == length
    bool keep_alive = true;           ///< from version and Connection
    bool upgrade = false; ///< to a protocol that may be tunnelled (RFC 9110 section 7.8)
    bool expect_continue = false;
};

/// The host of a request, with the port if there is one: the authority of an absolute-form target,
/// else the Host field (RFC 9112 section 3.3). A view with null data if an HTTP/1.0 client names
/// none. In an accepted head it is a valid `uri-host [":" port]`.
std::string_view authority_of(const request_head& head);

struct response_head {
    unsigned status = 0;
    std::string_view reason;
    unsigned version = 11;
    field_list fields;
    body_framing framing = body_framing::none;
    std::uint64_t content_length = 0;
    bool keep_alive = true;
};

} // namespace thalamus::http
