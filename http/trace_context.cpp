#include "http/trace_context.hpp"

#include "base/hex.hpp"

#include <algorithm>

namespace thalamus::http {

namespace {

bool is_lower_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool all_zero(std::string_view text) { return text.find_first_not_of('0') == text.npos; }

std::uint64_t not_zero(base::xoshiro256& random) {
    for (;;)
        if (auto bits = random()) return bits;
}

// version "-" trace-id "-" parent-id "-" flags; versions above 00 may append "-" and more.
bool is_valid_traceparent(std::string_view value) {
    if (value.size() < 55) return false;
    auto version = value.substr(0, 2), trace = value.substr(3, 32), parent = value.substr(36, 16),
         flags = value.substr(53, 2);
    if (value[2] != '-' || value[35] != '-' || value[52] != '-') return false;
    if (!is_lower_hex(version) || version == "ff") return false;
    if (value.size() > 55 && (version == "00" || value[55] != '-')) return false;
    return is_lower_hex(trace) && !all_zero(trace) && is_lower_hex(parent) && !all_zero(parent) &&
           is_lower_hex(flags);
}

} // namespace

trace_context continue_or_start_trace(const field_list& fields, base::xoshiro256& random) {
    trace_context trace;
    std::size_t count = 0;
    for (const auto& f : fields)
        if (f.id == field_id::traceparent && ++count == 1) trace.received = f.value;
    if (count == 1 && is_valid_traceparent(trace.received)) return trace;
    trace.received = {};
    char* text = trace.started.data();
    std::copy_n("00-", 3, text);
    base::write_hex(not_zero(random), text + 3);
    base::write_hex(random(), text + 19);
    text[35] = '-';
    base::write_hex(not_zero(random), text + 36);
    std::copy_n("-01", 3, text + 52);
    return trace;
}

} // namespace thalamus::http
