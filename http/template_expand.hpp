#pragma once
// Fills in the templates of the configuration language (config/pattern.hpp): "/v2/users/{id}".
// A value is encoded for the place where it lands; it can never add a path segment, a query
// parameter or a header line. Pure; any thread.

#include "config/pattern.hpp"
#include "http/head.hpp"

#include <boost/container/small_vector.hpp>

#include <string>
#include <string_view>

namespace thalamus::http {

/// What a route's {captures} took from a path, still percent-encoded as in the canonical path.
struct capture {
    std::string_view name, value;
    bool rest = false; ///< of {name...}: may hold slashes and may be empty
};
using capture_list = boost::container::small_vector<capture, 6>;

/// What is claimed of who was authenticated.
class claim_source {
public:
    /// The claim as text; false if there is none, or it is no text.
    virtual bool append_claim(std::string_view name, std::string& out) const = 0;

protected:
    ~claim_source() = default;
};

/// Where the values come from. Views and pointers must outlive the call only.
struct template_context {
    const capture_list* captures = nullptr;
    const field_list* fields = nullptr;
    std::string_view query;     ///< with or without its "?"
    std::string_view client_ip; ///< as text
    std::string_view host;      ///< asked for by the client, without port
    std::string_view consumer;  ///< empty: nobody was authenticated
    const claim_source* claims = nullptr;
};

/// Each appends to `out`; false = a value is missing (or cannot stand there), `out` is unchanged.

/// In a header value: escapes of visible ASCII are decoded (but %25), all others stay, so that the
/// value is unambiguous and never holds a control character.
bool expand_for_header(const config::text_template& text, const template_context& from,
                       std::string& out);

/// In a path. A captured {rest...} keeps its slashes; any other value is one segment, and neither
/// empty nor a dot segment.
bool expand_for_path(const config::text_template& text, const template_context& from,
                     std::string& out);

/// In a Location: as for a path, but a value before the path ("https://{host}/") may only hold
/// what a host name can, and an entry of the template's query whose value is missing is left out.
/// The request's query follows, joined by "&" if there is one already.
bool expand_for_location(const config::text_template& text, const template_context& from,
                         std::string& out);

/// In an authority: only what a host and port can hold.
bool expand_for_host(const config::text_template& text, const template_context& from,
                     std::string& out);

} // namespace thalamus::http
