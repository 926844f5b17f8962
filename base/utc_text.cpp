#include "base/utc_text.hpp"

#include <cstring>

namespace thalamus::base {
namespace {

void put_digits(char* out, unsigned value, int digits) {
    while (digits-- > 0) {
        out[digits] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

} // namespace

void utc_text::set_second(std::int64_t second) {
    using namespace std::chrono;
    second_ = second;
    const sys_seconds time{seconds{second}};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
    const auto month = static_cast<unsigned>(date.month());
    const auto put_clock = [&](char* out) {
        std::memcpy(out, "00:00:00", 8);
        put_digits(out, static_cast<unsigned>(clock.hours().count()), 2);
        put_digits(out + 3, static_cast<unsigned>(clock.minutes().count()), 2);
        put_digits(out + 6, static_cast<unsigned>(clock.seconds().count()), 2);
    };

    std::memcpy(rfc3339_.data(), "0000-00-00T00:00:00.000Z", rfc3339_size);
    put_digits(rfc3339_.data(), year, 4);
    put_digits(rfc3339_.data() + 5, month, 2);
    put_digits(rfc3339_.data() + 8, static_cast<unsigned>(date.day()), 2);
    put_clock(rfc3339_.data() + 11);

    static constexpr char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    std::memcpy(apache_.data(), "00/---/0000:00:00:00 +0000", apache_size);
    put_digits(apache_.data(), static_cast<unsigned>(date.day()), 2);
    std::memcpy(apache_.data() + 3, months + 3 * (month - 1), 3);
    put_digits(apache_.data() + 7, year, 4);
    put_clock(apache_.data() + 12);
}

char* utc_text::rfc3339(char* out, std::chrono::system_clock::time_point when) {
    using namespace std::chrono;
    const std::int64_t total = floor<milliseconds>(when.time_since_epoch()).count();
    const std::int64_t second = total >= 0 ? total / 1000 : (total - 999) / 1000;
    if (second != second_) set_second(second);
    std::memcpy(out, rfc3339_.data(), rfc3339_size);
    put_digits(out + 20, static_cast<unsigned>(total - second * 1000), 3);
    return out + rfc3339_size;
}

char* utc_text::apache(char* out, std::chrono::system_clock::time_point when) {
    const std::int64_t second =
        std::chrono::floor<std::chrono::seconds>(when.time_since_epoch()).count();
    if (second != second_) set_second(second);
    std::memcpy(out, apache_.data(), apache_size);
    return out + apache_size;
}

std::string rfc3339_seconds(std::chrono::system_clock::time_point when) {
    char text[utc_text::rfc3339_size];
    utc_text().rfc3339(text, when);
    return std::string(text, sizeof "2026-01-31T23:59:59" - 1) + 'Z';
}

} // namespace thalamus::base
