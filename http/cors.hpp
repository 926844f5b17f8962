#pragma once
// Cross-origin resource sharing as a route's `cors` has it (Fetch standard, 3.2). Immutable after
// construction; any thread.

#include "config/snapshot.hpp"
#include "http/head.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace thalamus::http {

/// Whether a target's field is replaced by the gateway's: all Access-Control-* of answers.
bool is_cors_field(std::string_view name);

class cors_policy {
public:
    /// With `settings.methods` empty the method asked for is granted.
    explicit cors_policy(const config::cors_settings& settings);

    bool allows(std::string_view origin) const;

    /// Appends the fields of a 204 for a preflight. For an origin that is not allowed only Vary: the
    /// browser then refuses by itself, as with Kong and Traefik.
    void append_preflight_fields(const request_head& head, std::string& out) const;

    /// Appends the fields of any other answer, Vary included; `origin` may be empty (no Origin).
    void append_answer_fields(std::string_view origin, std::string& out) const;

private:
    void append_origin(std::string_view origin, std::string& out) const;

    std::vector<std::string> origins_;
    bool any_origin_ = false, any_method_ = false, any_header_ = false, credentials_ = false;
    std::string methods_line_, headers_line_, expose_line_, age_line_; // with CRLF; empty = none
};

} // namespace thalamus::http
