#pragma once
// Cross-origin resource sharing for `cors` of a route (Fetch standard, section 3.2). Immutable
// after construction; any thread.

#include "config/route_settings.hpp"
#include "http/head.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace thalamus::http {

/// Whether the gateway replaces this response field of a target: true for all Access-Control-*.
bool is_cors_field(std::string_view name);

class cors_policy {
public:
    /// If `settings.methods` is empty, every requested method is allowed.
    explicit cors_policy(const config::cors_settings& settings);

    bool allows(std::string_view origin) const;

    /// Appends the fields of the 204 response to a preflight. For an origin that is not allowed
    /// this is only Vary: the browser then blocks the request, as with Kong and Traefik.
    void append_preflight_fields(const request_head& head, std::string& out) const;

    /// Appends the fields of all other responses, including Vary. `origin` is empty without Origin.
    void append_response_fields(std::string_view origin, std::string& out) const;

private:
    void append_origin(std::string_view origin, std::string& out) const;

    std::vector<std::string> origins_;
    bool any_origin_ = false, any_method_ = false, any_header_ = false, credentials_ = false;
    std::string methods_line_, headers_line_, expose_line_, age_line_; // with CRLF; empty = none
};

} // namespace thalamus::http
