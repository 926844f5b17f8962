#include "tests/failures/own_time.hpp"

#include "tests/support/waiting.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>

namespace thalamus::test {
namespace {

/// RFC 3339, UTC.
moment time_of(const std::string& text) {
    std::tm date{};
    double seconds = 0;
    if (std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%lfZ", &date.tm_year, &date.tm_mon, &date.tm_mday,
                    &date.tm_hour, &date.tm_min, &seconds) != 6)
        throw test_error("no time: " + text);
    date.tm_year -= 1900;
    date.tm_mon -= 1;
    return ::timegm(&date) * one_second + std::llround(seconds * 1e6);
}

} // namespace

std::vector<own_time> own_times(const std::filesystem::path& access_log) {
    std::vector<own_time> all;
    std::ifstream file(access_log);
    for (std::string line; std::getline(file, line) && !file.eof();) {
        auto said = nlohmann::json::parse(line);
        const auto started = time_of(said.at("time"));
        // `time` was cut to milliseconds.
        const auto lasted = std::llround(said.at("total_ms").get<double>() * 1000) + 1000;
        all.push_back({started, started + lasted, said.at("gateway_ms"), said.at("status")});
    }
    return all;
}

double quantile(const std::vector<own_time>& all, double part, moment from, moment to) {
    std::vector<double> times;
    for (auto& one : all)
        if (one.started >= from && one.started < to) times.push_back(one.ms);
    if (times.empty()) return 0;
    const auto rank = static_cast<std::size_t>(part * static_cast<double>(times.size() - 1));
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(rank), times.end());
    return times[rank];
}

} // namespace thalamus::test
