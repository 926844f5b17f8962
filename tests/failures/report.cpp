#include "tests/failures/report.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iostream>

namespace thalamus::test {
namespace {

std::vector<report_row> rows;

class printed_at_the_end : public testing::Environment {
    void TearDown() override {
        if (rows.empty()) return;
        std::cout << "\n" << report_table(rows) << std::flush;
        const char* path = std::getenv("THALAMUS_REPORT");
        if (!path || !*path) return;
        const bool new_one = !std::filesystem::exists(path);
        std::ofstream(path, std::ios::app) << report_table(rows, new_one);
    }
};
[[maybe_unused]] const auto* const environment =
    testing::AddGlobalTestEnvironment(new printed_at_the_end);

template <class... Values>
std::string formatted(const char* format, Values... values) {
    std::array<char, 256> line{};
    std::snprintf(line.data(), line.size(), format, values...);
    return line.data();
}

std::string seconds(double value) { return value < 0 ? "-" : formatted("%.1f s", value); }

} // namespace

void add_to_report(report_row row) { rows.push_back(std::move(row)); }

std::string report_table(const std::vector<report_row>& all, bool with_head) {
    constexpr auto line = "%-40s %8s %6s %6s %6s %10s %10s %10s %10s %6s %8s %7s %7s %9s %6s\n";
    std::string text;
    if (with_head)
        text = formatted(line, "scenario", "requests", "failed", "429", "503", "p99 before",
                         "p99 during", "use before", "use during", "excess", "suspect", "dead",
                         "alive", "recovered", "quiet");
    for (auto& row : all)
        text += formatted(
            line, row.scenario.c_str(), std::to_string(row.requests).c_str(),
            std::to_string(row.failed).c_str(), std::to_string(row.limited).c_str(),
            std::to_string(row.refused).c_str(), formatted("%.2f ms", row.p99_before).c_str(),
            formatted("%.2f ms", row.p99_during).c_str(),
            formatted("%.1f %%", row.use_before * 100).c_str(),
            formatted("%.1f %%", row.use_during * 100).c_str(),
            std::to_string(row.worst_excess).c_str(), seconds(row.suspect).c_str(),
            seconds(row.dead).c_str(), seconds(row.alive).c_str(), seconds(row.recovered).c_str(),
            formatted("%.0f %%", row.quiet * 100).c_str());
    return text;
}

} // namespace thalamus::test
