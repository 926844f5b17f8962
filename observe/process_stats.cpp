#include "observe/process_stats.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace thalamus::observe {
namespace {

double count_open_fds() {
    // Since Linux 6.2 the size of the directory is the number of descriptors. Counting 100,000
    // entries would take tens of milliseconds.
    struct stat status {};
    if (::stat("/proc/self/fd", &status) == 0 && status.st_size > 0) {
        return static_cast<double>(status.st_size);
    }
    double count = 0;
    std::error_code error;
    for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end;
         !error && entry != end; entry.increment(error)) {
        ++count;
    }
    return count > 0 ? count - 1 : 0; // without the one that reads the directory
}

double boot_time_seconds() {
    std::ifstream file("/proc/stat");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("btime ")) return std::stod(line.substr(6));
    }
    return 0;
}

/// Reads fields of /proc/self/stat; proc(5) defines their numbers.
void read_stat(process_stats& stats) {
    std::ifstream file("/proc/self/stat");
    std::string text;
    std::getline(file, text);
    // The second field, the program name in parentheses, may contain spaces and parentheses.
    const std::size_t name_end = text.rfind(')');
    if (name_end == text.npos) return;
    std::istringstream fields(text.substr(name_end + 1));
    std::string field;
    for (int number = 3; number <= 24 && fields >> field; ++number) {
        if (number == 20) stats.threads = std::stod(field);
        if (number == 22) {
            const double ticks = std::stod(field);
            stats.start_time_seconds =
                boot_time_seconds() + ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
        }
        if (number == 23) stats.virtual_bytes = std::stod(field);
        if (number == 24) {
            stats.resident_bytes = std::stod(field) * static_cast<double>(::sysconf(_SC_PAGESIZE));
        }
    }
}

} // namespace

process_stats read_process_stats() {
    process_stats stats;
    read_stat(stats);
    stats.open_fds = count_open_fds();
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
        stats.max_fds = static_cast<double>(limit.rlim_cur);
    rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) == 0) {
        const auto seconds = [](const timeval& t) {
            return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
        };
        stats.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    }
    return stats;
}

} // namespace thalamus::observe
