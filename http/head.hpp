#pragma once
// Heads of HTTP messages as values. All views point into bytes that the owner of the head keeps
// (an exchange keeps its request head's bytes for its whole life); nothing here owns text.
// Terms: RFC 9110. Single-threaded values; no sockets, no clock.

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <string_view>

namespace thalamus::http {

/// Field names that the gateway itself looks at; everything else is `other`. Kept as a number so
/// that the hot path compares no text.
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

/// The id of a field name, in any case; `other` for the rest.
field_id to_field_id(std::string_view name);

struct field {
    field_id id = field_id::other;
    std::string_view name;  ///< as received
    std::string_view value; ///< without surrounding blanks
    /// Of the gateway's own making, not received: no Connection field names it.
    bool own = false;
};

using field_list = boost::container::small_vector<field, 24>;

/// The first value of a field, or a view with null data.
std::string_view find(const field_list& fields, field_id id);
std::string_view find(const field_list& fields, std::string_view name);
bool contains(const field_list& fields, field_id id);
/// Names of header fields compare without case (ASCII).
bool iequals(std::string_view a, std::string_view b);
bool istarts_with(std::string_view text, std::string_view prefix);

enum class body_framing : unsigned char {
    none,
    length,  ///< Content-Length
    chunked, ///< Transfer-Encoding: chunked
    close    ///< until the connection ends (answers only)
};

struct request_head {
    std::string_view method;
    std::string_view target; ///< request-target as received
    unsigned version = 11;   ///< 10 or 11
    field_list fields;
    body_framing framing = body_framing::none;
    std::uint64_t content_length = 0; ///< with framing == length
    bool keep_alive = true;           ///< by version and Connection
    bool upgrade = false;             ///< to a protocol that may be tunnelled (RFC 9110 7.8)
    bool expect_continue = false;
};

/// The host (with its port, if any) that a request is for: the authority of an absolute-form target,
/// else the Host field (RFC 9112 3.3). A view with null data where an HTTP/1.0 client names none.
/// In a head that was accepted it is a valid `uri-host [":" port]`.
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
