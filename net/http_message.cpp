#include "net/http_message.hpp"

#include "config/header_names.hpp"
#include "config/scalars.hpp"
#include "http/characters.hpp"

#include <algorithm>

namespace thalamus::net {

bool request_fields::add(std::string_view name, std::string_view value) {
    if (!config::is_token(name) || !config::is_field_value(value) ||
        config::is_protected_field(name) || http::iequals(name, "user-agent") ||
        http::iequals(name, "accept-encoding"))
        return false;
    lines_.append(name).append(": ").append(value).append("\r\n");
    return true;
}

std::string_view fault_of(const http_request& request) {
    if (!config::is_token(request.method) || request.method == "CONNECT")
        return "the request has no valid method";
    const auto ends_target = [](char c) {
        return http::is_control(c) || http::is_blank(c) || c == '#';
    };
    if (!request.target.starts_with('/') || std::ranges::any_of(request.target, ends_target))
        return "the request has no valid target";
    return {};
}

void write_request_head(const http_request& request, std::string_view authority, std::string& out) {
    out.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\nHost: ");
    out.append(authority).append("\r\nUser-Agent: thalamus\r\nAccept-Encoding: identity\r\n");
    out.append(request.fields.lines());
    // Without it some servers respond to a POST with 411 (RFC 9110 section 8.6).
    if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD"))
        out.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
    out.append("\r\n");
}

http_response::http_response(const http::response_head& head) : status(head.status) {
    std::size_t size = 0;
    for (const auto& f : head.fields) size += f.name.size() + f.value.size();
    bytes_.reserve(size); // the views below point into it
    const auto keep = [this](std::string_view text) {
        const auto at = bytes_.size();
        bytes_.insert(bytes_.end(), text.begin(), text.end());
        return std::string_view(bytes_.data() + at, text.size());
    };
    for (const auto& f : head.fields) fields.push_back({f.id, keep(f.name), keep(f.value)});
}

} // namespace thalamus::net
