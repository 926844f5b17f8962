#include "http/beast_grammar.hpp"

#include <functional>

namespace thalamus::http {

field_id from_beast(beast_http::field name, std::string_view text) {
    using beast_http::field;
    switch (name) {
    case field::accept: return field_id::accept;
    case field::authorization: return field_id::authorization;
    case field::connection: return field_id::connection;
    case field::content_length: return field_id::content_length;
    case field::content_type: return field_id::content_type;
    case field::cookie: return field_id::cookie;
    case field::date: return field_id::date;
    case field::expect: return field_id::expect;
    case field::forwarded: return field_id::forwarded;
    case field::host: return field_id::host;
    case field::keep_alive: return field_id::keep_alive;
    case field::max_forwards: return field_id::max_forwards;
    case field::origin: return field_id::origin;
    case field::proxy_authenticate: return field_id::proxy_authenticate;
    case field::proxy_authorization: return field_id::proxy_authorization;
    case field::proxy_connection: return field_id::proxy_connection;
    case field::server: return field_id::server;
    case field::te: return field_id::te;
    case field::trailer: return field_id::trailer;
    case field::transfer_encoding: return field_id::transfer_encoding;
    case field::upgrade: return field_id::upgrade;
    case field::via: return field_id::via;
    case field::unknown: return to_field_id(text); // the names that Beast does not list
    default: return field_id::other;
    }
}

bool is_folded(std::string_view message, std::string_view name, std::string_view value) {
    // Beast joins folded lines in its own buffer. Only if the first line is empty does the value
    // point into the message, and then it follows a line end.
    const char* const begin = name.data() + name.size() + 1; // after the colon
    const char* const end = message.data() + message.size();
    if (std::less<>{}(value.data(), begin) || std::less<>{}(end, value.data())) return true;
    for (const char* p = begin; p != value.data(); ++p)
        if (*p == '\r') return true;
    return false;
}

std::string_view describe(const boost::beast::error_code& code) {
    using beast_http::error;
    if (code == error::bad_method) return "bad method";
    if (code == error::bad_target) return "bad request-target";
    if (code == error::bad_version) return "bad HTTP version";
    if (code == error::bad_status) return "bad status";
    if (code == error::bad_reason) return "bad reason phrase";
    if (code == error::bad_field) return "bad field name";
    if (code == error::bad_value) return "bad field value";
    if (code == error::bad_line_ending) return "bare CR";
    if (code == error::bad_content_length || code == error::multiple_content_length)
        return "bad Content-Length";
    if (code == error::bad_transfer_encoding) return "bad Transfer-Encoding";
    if (code == error::bad_chunk) return "bad chunk";
    if (code == error::bad_chunk_extension) return "bad chunk extension";
    return "malformed message";
}

} // namespace thalamus::http
