#include "config/header_names.hpp"

#include "config/scalars.hpp"

#include <algorithm>

namespace thalamus::config {

namespace {

constexpr std::string_view protected_names[] = {
    "connection",     "content-length",    "expect",           "host",
    "http2-settings", "keep-alive",        "proxy-connection", "te",
    "trailer",        "transfer-encoding", "upgrade"};

constexpr std::string_view single_names[] = {"age",
                                             "authorization",
                                             "content-location",
                                             "content-range",
                                             "content-type",
                                             "date",
                                             "etag",
                                             "expires",
                                             "from",
                                             "if-modified-since",
                                             "if-range",
                                             "last-modified",
                                             "if-unmodified-since",
                                             "location",
                                             "max-forwards",
                                             "origin",
                                             "range",
                                             "referer",
                                             "retry-after",
                                             "server",
                                             "user-agent",
                                             "traceparent",
                                             "x-request-id"};

bool is_one_of(const auto& names, std::string_view name) {
    return std::find(std::begin(names), std::end(names), to_lower(name)) != std::end(names);
}

} // namespace

bool is_protected_field(std::string_view name) { return is_one_of(protected_names, name); }
bool is_single_field(std::string_view name) { return is_one_of(single_names, name); }

bool is_assertion(std::string_view name) {
    const auto lower = to_lower(name);
    return lower != "authorization" && lower != "cookie";
}

bool is_identity_field(std::string_view name) {
    const auto lower = to_lower(name);
    return lower.starts_with("x-consumer-") || lower == "x-auth-method";
}

} // namespace thalamus::config
