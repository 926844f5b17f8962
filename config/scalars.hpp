#pragma once
// The small notations of the configuration language: types of the YAML 1.2 core schema, durations,
// sizes, percentages, status ranges, names and tokens. Pure functions over text; nullopt = not in
// this notation. The caller words the error, since only it knows what the value was for.

#include "config/snapshot.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace thalamus::config {

/// What a plain (unquoted) scalar is in the core schema of YAML 1.2: `yes`, `on`, `22:22` are text.
using core_value =
    std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string>;
core_value to_core_value(std::string_view plain);

/// A decimal number of at most 19 digits, nothing around it.
std::optional<std::uint64_t> to_number(std::string_view text);

/// 250ms 2s 5m 1h. Overflow is nullopt.
std::optional<milliseconds> to_duration(std::string_view text);
/// The shortest of these notations that is exact: 90000 ms is "90s", 60000 ms is "1m".
std::string to_text(milliseconds duration);

/// 16KiB 1MiB 2GiB or a number of bytes. Overflow is nullopt.
std::optional<std::uint64_t> to_size(std::string_view text);
std::string size_to_text(std::uint64_t bytes);

/// 100/s 60/min 1000/h 5/d 10/10s: a count per period. Overflow is nullopt.
struct rate {
    std::uint64_t count = 0;
    milliseconds period{0};
};
std::optional<rate> to_rate(std::string_view text);
std::string to_text(const rate& value);

/// 20%
std::optional<unsigned> to_percent(std::string_view text);

/// 503 or 500-599, each from 100 to 599 and in order.
std::optional<status_range> to_status_range(std::string_view text);
std::string to_text(const status_range& range);

/// RFC 9110 token: methods, header names, cookie names.
bool is_token(std::string_view text);
/// May stand in a header field's value: no control characters but tab.
bool is_field_value(std::string_view text);
/// Names of services, routes and nodes: 1 to 64 of letters, digits, `_`, `.` and `-`.
bool is_name(std::string_view text);
bool is_utf8(std::string_view text);

/// ASCII only; bytes above 0x7F stay.
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);

} // namespace thalamus::config
