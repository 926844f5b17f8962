#pragma once
// The notations of scalars in the configuration language: types of the YAML 1.2 core schema,
// durations, sizes, percentages, status ranges, names and tokens. Pure functions; nullopt means
// that the text is not in the notation. The caller words the error, because only it knows the
// purpose of the value.

#include "base/ascii.hpp"
#include "config/values.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace thalamus::config {

/// The value of a plain (unquoted) scalar in the core schema of YAML 1.2, where `yes`, `on` and
/// `22:22` are text.
using core_value =
    std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string>;
core_value to_core_value(std::string_view plain);

/// A decimal number of at most 19 digits, with nothing around it.
std::optional<std::uint64_t> to_number(std::string_view text);

/// 250ms 2s 5m 1h. Returns nullopt on overflow.
std::optional<milliseconds> to_duration(std::string_view text);
/// The shortest exact notation: 90000 ms is "90s", 60000 ms is "1m".
std::string to_text(milliseconds duration);

/// 16KiB 1MiB 2GiB or a number of bytes. Returns nullopt on overflow.
std::optional<std::uint64_t> to_size(std::string_view text);
std::string size_to_text(std::uint64_t bytes);

/// A count per period: 100/s 60/min 1000/h 5/d 10/10s. Returns nullopt on overflow.
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

using base::is_token;
/// True if a header field value may contain the text: it has no control characters except tab.
bool is_field_value(std::string_view text);
/// A name of a service, route or node: 1 to 64 letters, digits, `_`, `.` and `-`.
bool is_name(std::string_view text);
bool is_utf8(std::string_view text);

using base::to_lower;
using base::to_upper;

} // namespace thalamus::config
