#include "config/scalars.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace thalamus::config {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_alnum(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// A number with a unit from a table; nullopt if the unit is unknown or the product overflows.
struct unit {
    std::string_view name;
    std::uint64_t factor;
};

template <std::size_t N>
std::optional<std::uint64_t> scaled(std::string_view text, const unit (&units)[N]) {
    const auto digits = std::find_if_not(text.begin(), text.end(), is_digit) - text.begin();
    const auto number = to_number(text.substr(0, digits));
    if (!number) return std::nullopt;
    for (const auto& [name, factor] : units)
        if (text.substr(digits) == name) {
            if (*number > std::numeric_limits<std::int64_t>::max() / factor) return std::nullopt;
            return *number * factor;
        }
    return std::nullopt;
}

constexpr unit durations[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
constexpr unit periods[] = {{"ms", 1},      {"s", 1000},    {"m", 60000},
                            {"min", 60000}, {"h", 3600000}, {"d", 86400000}};
constexpr unit sizes[] = {{"", 1}, {"KiB", 1ull << 10}, {"MiB", 1ull << 20}, {"GiB", 1ull << 30}};

/// Core schema: [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_float(std::string_view text) {
    std::size_t at = 0;
    const auto skip_digits = [&] {
        const auto from = at;
        while (at < text.size() && is_digit(text[at])) ++at;
        return at - from;
    };
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const auto whole = skip_digits();
    if (at < text.size() && text[at] == '.') {
        ++at;
        if (skip_digits() == 0 && whole == 0) return false;
    } else if (whole == 0) {
        return false;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
        if (skip_digits() == 0) return false;
    }
    return at == text.size();
}

/// An integer in any base. Returns nullopt if it does not fit 64 bits; it then becomes a double.
std::optional<core_value> to_integer(std::string_view text) {
    int base = 10;
    bool negative = false;
    if (text.starts_with("0x") || text.starts_with("0o")) {
        base = text[1] == 'x' ? 16 : 8;
        text.remove_prefix(2);
        if (text.starts_with('-')) return std::nullopt;
    } else if (text.starts_with('-') || text.starts_with('+')) {
        negative = text[0] == '-';
        text.remove_prefix(1);
        if (text.empty() || !is_digit(text[0])) return std::nullopt;
    }
    std::uint64_t magnitude = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), magnitude, base);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (negative) {
        if (magnitude > largest) return std::nullopt;
        return -static_cast<std::int64_t>(magnitude);
    }
    if (magnitude > largest) return magnitude;
    return static_cast<std::int64_t>(magnitude);
}

} // namespace

core_value to_core_value(std::string_view plain) {
    const auto is_one_of = [&](auto... words) { return ((plain == words) || ...); };
    if (is_one_of("", "~", "null", "Null", "NULL")) return nullptr;
    if (is_one_of("true", "True", "TRUE")) return true;
    if (is_one_of("false", "False", "FALSE")) return false;
    if (const auto integer = to_integer(plain)) return *integer;
    auto unsigned_part = plain;
    if (unsigned_part.starts_with('-') || unsigned_part.starts_with('+'))
        unsigned_part.remove_prefix(1);
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    if (unsigned_part == ".inf" || unsigned_part == ".Inf" || unsigned_part == ".INF")
        return plain[0] == '-' ? -infinity : infinity;
    if (is_one_of(".nan", ".NaN", ".NAN")) return std::numeric_limits<double>::quiet_NaN();
    if (is_float(plain)) {
        if (plain[0] == '+') plain.remove_prefix(1);
        double value = 0;
        const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
        // Out of the range of a double: keep the digits as text instead of inventing a value.
        if (error == std::errc() && end == plain.data() + plain.size()) return value;
    }
    return std::string(plain);
}

std::optional<std::uint64_t> to_number(std::string_view text) {
    if (text.empty() || text.size() > 19 || !std::all_of(text.begin(), text.end(), is_digit))
        return std::nullopt;
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::optional<milliseconds> to_duration(std::string_view text) {
    const auto value = scaled(text, durations);
    // A century: more than anybody needs, and safe to add to any clock.
    if (!value || *value > 100ull * 366 * 24 * 3600000) return std::nullopt;
    return milliseconds(static_cast<std::int64_t>(*value));
}

std::string to_text(milliseconds duration) {
    const auto value = static_cast<std::uint64_t>(duration.count());
    for (auto at = std::rbegin(durations); at != std::rend(durations); ++at)
        if (value != 0 && value % at->factor == 0)
            return std::to_string(value / at->factor) + std::string(at->name);
    return "0s";
}

std::optional<std::uint64_t> to_size(std::string_view text) { return scaled(text, sizes); }

std::string size_to_text(std::uint64_t bytes) {
    for (auto at = std::rbegin(sizes); at != std::rend(sizes); ++at)
        if (bytes != 0 && bytes % at->factor == 0)
            return std::to_string(bytes / at->factor) + std::string(at->name);
    return "0";
}

std::optional<rate> to_rate(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == text.npos) return std::nullopt;
    const auto count = to_number(text.substr(0, slash));
    auto period = std::string(text.substr(slash + 1));
    if (!period.empty() && !is_digit(period[0])) period.insert(0, 1, '1');
    const auto length = scaled(period, periods);
    if (!count || !length) return std::nullopt;
    return rate{*count, milliseconds(static_cast<std::int64_t>(*length))};
}

std::string to_text(const rate& value) {
    auto period = to_text(value.period);
    for (const auto& [unit, milliseconds] : periods)
        if (static_cast<std::uint64_t>(value.period.count()) == milliseconds) period = unit;
    return std::to_string(value.count) + "/" + period;
}

std::optional<unsigned> to_percent(std::string_view text) {
    if (!text.ends_with('%') || text.size() > 4) return std::nullopt;
    text.remove_suffix(1);
    const auto value = to_number(text);
    if (!value || *value > 100) return std::nullopt;
    return static_cast<unsigned>(*value);
}

std::optional<status_range> to_status_range(std::string_view text) {
    const auto dash = text.find('-');
    const auto first = to_number(text.substr(0, dash));
    const auto last = dash == text.npos ? first : to_number(text.substr(dash + 1));
    if (!first || !last || *first < 100 || *last > 599 || *first > *last) return std::nullopt;
    return status_range{static_cast<unsigned short>(*first), static_cast<unsigned short>(*last)};
}

std::string to_text(const status_range& range) {
    auto text = std::to_string(range.first);
    if (range.last != range.first) text.append("-").append(std::to_string(range.last));
    return text;
}

bool is_field_value(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
    });
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return is_alnum(c) || c == '_' || c == '.' || c == '-';
    });
}

bool is_utf8(std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = byte(at);
        if (lead < 0x80) {
            ++at;
            continue;
        }
        const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return false;
        for (std::size_t next = 1; next < length; ++next)
            if ((byte(at + next) & 0xC0) != 0x80) return false;
        const auto second = byte(at + 1);
        // Overlong forms, surrogates and code points above U+10FFFF.
        if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
            (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F))
            return false;
        at += length;
    }
    return true;
}

} // namespace thalamus::config
