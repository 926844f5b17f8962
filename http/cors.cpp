#include "http/cors.hpp"

#include <algorithm>
#include <chrono>

namespace thalamus::http {

namespace {

constexpr std::string_view prefix = "access-control-";

/// "GET, PUT"
std::string join(const std::vector<std::string>& names) {
    std::string list;
    for (const auto& name : names) {
        if (!list.empty()) list += ", ";
        list += name;
    }
    return list;
}

std::string line(std::string_view name, std::string_view value) {
    return std::string(name).append(": ").append(value).append("\r\n");
}

void append_line(std::string_view name, std::string_view value, std::string& out) {
    out.append(name).append(": ").append(value).append("\r\n");
}

bool has_star(const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), "*") != names.end();
}

/// In "https://*.example.com" the star matches one or more labels.
bool matches_origin(std::string_view pattern, std::string_view origin) {
    const auto star = pattern.find('*');
    if (star == pattern.npos) return iequals(pattern, origin);
    const auto before = pattern.substr(0, star), after = pattern.substr(star + 1);
    if (origin.size() <= before.size() + after.size()) return false;
    const auto labels = origin.substr(before.size(), origin.size() - before.size() - after.size());
    return iequals(origin.substr(0, before.size()), before) &&
           iequals(origin.substr(origin.size() - after.size()), after) &&
           std::all_of(labels.begin(), labels.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '.' || c == '_';
           });
}

} // namespace

bool is_cors_field(std::string_view name) {
    return name.size() > prefix.size() && iequals(name.substr(0, prefix.size()), prefix);
}

cors_policy::cors_policy(const config::cors_settings& settings)
    : origins_(settings.origins),
      any_origin_(has_star(settings.origins)),
      any_header_(has_star(settings.headers)),
      credentials_(settings.credentials) {
    const auto& methods = settings.methods;
    any_method_ = methods.empty() || has_star(methods);
    // Browsers do not treat "*" as a wildcard in requests with credentials, so the requested method
    // and headers are allowed by name.
    if (!any_method_) methods_line_ = line("Access-Control-Allow-Methods", join(methods));
    if (!any_header_ && !settings.headers.empty())
        headers_line_ = line("Access-Control-Allow-Headers", join(settings.headers));
    if (!settings.expose.empty())
        expose_line_ = line("Access-Control-Expose-Headers", join(settings.expose));
    age_line_ =
        line("Access-Control-Max-Age",
             std::to_string(std::chrono::floor<std::chrono::seconds>(settings.max_age).count()));
}

bool cors_policy::allows(std::string_view origin) const {
    if (origin.empty()) return false;
    return any_origin_ || std::any_of(origins_.begin(), origins_.end(), [&](const auto& pattern) {
               return matches_origin(pattern, origin);
           });
}

void cors_policy::append_origin(std::string_view origin, std::string& out) const {
    append_line("Access-Control-Allow-Origin", any_origin_ && !credentials_ ? "*" : origin, out);
    if (credentials_) out += "Access-Control-Allow-Credentials: true\r\n";
}

void cors_policy::append_preflight_fields(const request_head& head, std::string& out) const {
    out += "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\r\n";
    const auto origin = find(head.fields, field_id::origin);
    if (!allows(origin)) return;
    append_origin(origin, out);
    if (any_method_)
        append_line("Access-Control-Allow-Methods",
                    find(head.fields, "access-control-request-method"), out);
    out += methods_line_;
    const auto requested = find(head.fields, "access-control-request-headers");
    if (any_header_ && !requested.empty())
        append_line("Access-Control-Allow-Headers", requested, out);
    out += headers_line_;
    out += expose_line_;
    out += age_line_;
}

void cors_policy::append_response_fields(std::string_view origin, std::string& out) const {
    const bool same_for_all = any_origin_ && !credentials_;
    // Vary is needed even without Origin: a cache could serve this response to another origin.
    if (!same_for_all) out += "Vary: Origin\r\n";
    if (!same_for_all && !allows(origin)) return;
    append_origin(origin, out);
    out += expose_line_;
}

} // namespace thalamus::http
