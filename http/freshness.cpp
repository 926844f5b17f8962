#include "http/freshness.hpp"

#include <algorithm>
#include <cstdint>

namespace thalamus::http {

namespace {

using std::chrono::seconds;

/// A delta-seconds (RFC 9111 section 1.2.2): too large ones count as 2^31.
std::optional<seconds> to_seconds(std::string_view text) {
    constexpr std::int64_t most = std::int64_t{1} << 31;
    if (text.empty()) return std::nullopt;
    std::int64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = std::min(most, value * 10 + (c - '0'));
    }
    return seconds(value);
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// Calls `each` with the directives of a list and their arguments, quoted ones without quotes.
template <class F>
void for_each_directive(std::string_view list, F each) {
    while (!list.empty()) {
        std::size_t end = 0;
        for (bool quoted = false; end < list.size() && (quoted || list[end] != ','); ++end) {
            if (list[end] == '"') quoted = !quoted;
            else if (quoted && list[end] == '\\') ++end;
        }
        const auto item = trimmed(list.substr(0, end));
        list.remove_prefix(std::min(list.size(), end + 1));
        const auto equals = item.find('=');
        auto argument =
            equals == item.npos ? std::string_view() : trimmed(item.substr(equals + 1));
        if (argument.size() >= 2 && argument.front() == '"' && argument.back() == '"')
            argument = argument.substr(1, argument.size() - 2);
        each(trimmed(item.substr(0, equals)), argument);
    }
}

} // namespace

std::optional<seconds> freshness_left(const field_list& answer) {
    std::optional<seconds> lifetime;
    seconds age{0};
    const auto lower = [&](seconds to) { lifetime = lifetime ? std::min(*lifetime, to) : to; };
    for (const auto& f : answer) {
        if (iequals(f.name, "age")) age = to_seconds(f.value).value_or(seconds(0));
        if (!iequals(f.name, "cache-control")) continue;
        for_each_directive(f.value, [&](std::string_view name, std::string_view argument) {
            if (iequals(name, "no-store") || iequals(name, "no-cache")) lower(seconds(0));
            else if (iequals(name, "max-age")) lower(to_seconds(argument).value_or(seconds(0)));
        });
    }
    if (!lifetime) return std::nullopt;
    return std::max(seconds(0), *lifetime - age);
}

} // namespace thalamus::http
