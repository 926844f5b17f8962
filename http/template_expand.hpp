#pragma once
// Expands the templates of the configuration language (config/pattern.hpp): "/v2/users/{id}".
// Values are encoded for their position, so they can never add a path segment, a query parameter or
// a header line. Pure; any thread.

#include "config/pattern.hpp"
#include "http/head.hpp"

#include <boost/container/small_vector.hpp>

#include <string>
#include <string_view>

namespace thalamus::http {

/// The part of a canonical path that a {capture} of a route matched, still percent-encoded.
struct capture {
    std::string_view name, value;
    bool rest = false; ///< {name...}: may contain slashes and may be empty
};
using capture_list = boost::container::small_vector<capture, 6>;

/// The claims of the authenticated principal.
class claim_source {
public:
    /// Appends the claim as text; false if it is missing or not text.
    virtual bool append_claim(std::string_view name, std::string& out) const = 0;

protected:
    ~claim_source() = default;
};

/// The sources of the values. Views and pointers must only outlive the call.
struct template_context {
    const capture_list* captures = nullptr;
    const field_list* fields = nullptr;
    std::string_view query;     ///< with or without its "?"
    std::string_view client_ip; ///< as text
    std::string_view host;      ///< requested by the client, without port
    std::string_view consumer;  ///< empty = not authenticated
    const claim_source* claims = nullptr;
};

/// Each function appends to `out`. It returns false and leaves `out` unchanged if a value is
/// missing or not valid at its position.

/// Expands a header value. Escapes of visible ASCII and spaces are decoded, except %25; all others
/// are kept, so that the value is unambiguous and never contains a control character.
bool expand_for_header(const config::text_template& text, const template_context& context,
                       std::string& out);

/// Expands a path. A captured {rest...} keeps its slashes; any other value is a single segment,
/// which must not be empty or a dot segment.
bool expand_for_path(const config::text_template& text, const template_context& context,
                     std::string& out);

/// Expands a Location like a path, except that a value before the path ("https://{host}/") must be
/// valid in a host name, and a query parameter of the template is omitted if its value is missing.
/// The query of the request is appended, with "&" if there already is a query.
bool expand_for_location(const config::text_template& text, const template_context& context,
                         std::string& out);

/// Expands an authority, which must be a valid host with an optional port.
bool expand_for_host(const config::text_template& text, const template_context& context,
                     std::string& out);

} // namespace thalamus::http
