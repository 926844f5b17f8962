#include "http/freshness.hpp"

#include "http/characters.hpp"
#include "http/date.hpp"

#include <algorithm>

namespace thalamus::http {

namespace {

using std::chrono::seconds;

/// RFC 9111 section 1.2.2: larger values are reduced to this one.
constexpr std::int64_t most_seconds = std::int64_t{1} << 31;

/// Parses delta-seconds; nullopt if it is invalid.
std::optional<seconds> to_delta(std::string_view digits) {
    if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
    std::int64_t value = 0;
    for (const char digit : digits) value = std::min(value * 10 + (digit - '0'), most_seconds);
    return seconds(value);
}

/// Removes the next element from a list whose quoted strings may contain commas. Returns false if a
/// quoted string is not closed: the rest is then ambiguous.
bool take_element(std::string_view& list, std::string_view& element) {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < list.size() && (quoted || list[end] != ','); ++end) {
        if (list[end] == '"') quoted = !quoted;
        else if (quoted && list[end] == '\\') ++end;
    }
    if (quoted || end > list.size()) return false;
    element = trim(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    return true;
}

/// The combined Cache-Control lines.
struct directives {
    std::optional<seconds> max_age;
    bool forbids = false; ///< reuse without validation is forbidden

    void take(std::string_view list) {
        while (!list.empty()) {
            std::string_view element;
            if (!take_element(list, element)) {
                forbids = true;
                return;
            }
            const auto equals = std::min(element.find('='), element.size());
            const auto name = trim(element.substr(0, equals));
            // no-cache="field, names" is for these fields; most caches apply it to everything.
            if (iequals(name, "no-store") || iequals(name, "no-cache")) forbids = true;
            else if (iequals(name, "max-age"))
                take_max_age(element.substr(std::min(equals + 1, element.size())));
        }
    }

private:
    void take_max_age(std::string_view value) {
        // Senders should not quote it, but recipients must accept it (RFC 9111 section 5.2).
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
            value = value.substr(1, value.size() - 2);
        const auto age = to_delta(value);
        if (!age || (max_age && *max_age != *age)) forbids = true;
        else max_age = age;
    }
};

} // namespace

std::optional<seconds> freshness_left(const field_list& fields,
                                      std::chrono::system_clock::time_point received) {
    directives said;
    std::string_view expires, date, age;
    bool doubtful = false; // different Expires values
    for (const auto& f : fields) {
        if (iequals(f.name, "cache-control")) said.take(f.value);
        else if (f.id == field_id::date && !date.data()) date = f.value;
        else if (iequals(f.name, "age") && !age.data()) age = f.value;
        else if (iequals(f.name, "expires")) {
            doubtful = doubtful || (expires.data() && expires != f.value);
            expires = f.value;
        }
    }
    if (said.forbids) return seconds(0);
    auto lifetime = said.max_age;
    if (!lifetime && expires.data()) {
        const auto until = parse_http_date(expires, received);
        if (!until || doubtful) return seconds(0);
        const auto start =
            parse_http_date(date, received).value_or(std::chrono::floor<seconds>(received));
        lifetime = *until - start;
    }
    if (!lifetime) return std::nullopt;
    // RFC 9111 section 5.1: use the first value of a list, ignore an invalid value.
    const auto spent = to_delta(trim(age.substr(0, age.find(',')))).value_or(seconds(0));
    return std::clamp(*lifetime - spent, seconds(0), seconds(most_seconds));
}

} // namespace thalamus::http
