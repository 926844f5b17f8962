#include "http/limit_fields.hpp"

#include "http/head.hpp"

#include <charconv>

namespace thalamus::http {

namespace {

constexpr std::string_view policy_name = "RateLimit-Policy", state_name = "RateLimit";

void append_item(std::string_view name, std::string_view first, std::uint64_t a,
                 std::string_view second, std::uint64_t b, std::string& value) {
    const auto number = [&](std::uint64_t n) {
        char digits[20];
        value.append(digits, std::to_chars(digits, digits + sizeof digits, n).ptr);
    };
    if (!value.empty()) value += ", ";
    value += '"';
    value.append(name).append(first);
    number(a);
    value += second;
    number(b);
}

void append_line(std::string_view name, std::string_view value, const header_plan* edits,
                 std::string& out) {
    if (edits != nullptr && edits->drops({field_id::other, name, {}})) return;
    out.append(name).append(": ").append(value).append("\r\n");
}

} // namespace

void append_limit_policy(std::string_view name, std::uint64_t quota, std::uint64_t window,
                         std::string& value) {
    append_item(name, "\";q=", quota, ";w=", window, value);
}

void append_limit_state(std::string_view name, std::uint64_t remaining, std::uint64_t reset,
                        std::string& value) {
    append_item(name, "\";r=", remaining, ";t=", reset, value);
}

bool is_limit_field(std::string_view name) {
    return iequals(name, state_name) || iequals(name, policy_name);
}

void append_limit_fields(const limit_fields& fields, const header_plan* edits, std::string& out) {
    if (fields.state.empty()) return;
    append_line(policy_name, fields.policy, edits, out);
    append_line(state_name, fields.state, edits, out);
}

} // namespace thalamus::http
