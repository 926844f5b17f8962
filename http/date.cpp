#include "http/date.hpp"

#include "http/characters.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>

namespace thalamus::http {

namespace {

constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// The parts of a date, read with a form: D, Y, h, m, s are digits, NNN is the name of the month,
/// `_` is a digit of the day or a space, and every other character is literal.
struct date_parts {
    int day = 0, month = 0, year = 0, hour = 0, minute = 0, second = 0;

    bool read(std::string_view text, std::string_view form) {
        if (text.size() != form.size()) return false;
        for (std::size_t i = 0; i < form.size(); ++i) {
            const char c = text[i];
            int* number = nullptr;
            switch (form[i]) {
            case '_':
                if (c == ' ') continue;
                [[fallthrough]];
            case 'D': number = &day; break;
            case 'Y': number = &year; break;
            case 'h': number = &hour; break;
            case 'm': number = &minute; break;
            case 's': number = &second; break;
            case 'N': {
                const auto name = std::ranges::find(months, text.substr(i, 3));
                if (name == std::end(months)) return false;
                month = static_cast<int>(name - std::begin(months)) + 1;
                i += 2;
                continue;
            }
            default:
                if (c != form[i]) return false;
                continue;
            }
            if (!is_digit(c)) return false;
            *number = *number * 10 + (c - '0');
        }
        return true;
    }
};

int year_of(std::chrono::system_clock::time_point when) {
    return static_cast<int>(
        std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(when)).year());
}

} // namespace

http_date to_http_date(std::chrono::system_clock::time_point when) {
    static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    std::time_t seconds = std::chrono::system_clock::to_time_t(when);
    std::tm parts{};
    gmtime_r(&seconds, &parts); // not strftime(): its names depend on the locale
    char line[64];
    std::snprintf(line, sizeof line, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[parts.tm_wday],
                  parts.tm_mday, months[parts.tm_mon].data(), parts.tm_year + 1900, parts.tm_hour,
                  parts.tm_min, parts.tm_sec);
    http_date date;
    std::memcpy(date.text.data(), line, date.text.size());
    return date;
}

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text,
                                                        std::chrono::system_clock::time_point now) {
    const auto blank = std::min(text.find(' '), text.size());
    const auto day_name = text.substr(0, blank);
    const auto rest = text.substr(std::min(blank + 1, text.size()));
    date_parts parts;
    if (day_name.ends_with(',') && rest.find('-') != rest.npos) {
        if (!parts.read(rest, "DD-NNN-YY hh:mm:ss GMT")) return std::nullopt;
        // A year more than 50 years ahead means the last century (RFC 9110 section 5.6.7).
        const int this_year = year_of(now);
        parts.year += this_year - this_year % 100;
        if (parts.year > this_year + 50) parts.year -= 100;
    } else if (!parts.read(rest, day_name.ends_with(',') ? "DD NNN YYYY hh:mm:ss GMT"
                                                         : "NNN _D hh:mm:ss YYYY")) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year(parts.year),
                                           std::chrono::month(static_cast<unsigned>(parts.month)),
                                           std::chrono::day(static_cast<unsigned>(parts.day))};
    // Second 60 is a leap second.
    if (!date.ok() || parts.hour > 23 || parts.minute > 59 || parts.second > 60)
        return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(parts.hour) +
           std::chrono::minutes(parts.minute) + std::chrono::seconds(parts.second);
}

} // namespace thalamus::http
