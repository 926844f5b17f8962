#include "config/loader.hpp"
#include "config/yaml_document.hpp"

#include <glob.h>
#include <sched.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace thalamus::config {

namespace {

std::optional<std::string> variable_of_process(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
}

/// Reads at most one byte more than the size limit of files. This shows the caller that a file is
/// too large, and makes endless devices harmless.
std::optional<std::string> read_whole_file(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) return std::nullopt;
    std::ifstream in(path, std::ios::binary);
    if (!in) return std::nullopt;
    std::string content;
    char buffer[65536];
    while (content.size() <= max_file_size && (in.read(buffer, sizeof buffer), in.gcount() > 0))
        content.append(buffer, static_cast<std::size_t>(in.gcount()));
    if (in.bad()) return std::nullopt;
    return content;
}

std::vector<std::string> glob_of_process(const std::string& pattern) {
    std::vector<std::string> matches;
    glob_t found{};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
        matches.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    return matches;
}

/// The number of CPUs that this process may use, which a container or taskset can restrict.
unsigned cores_of_process() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return static_cast<unsigned>(CPU_COUNT(&set));
    return std::max(1u, std::thread::hardware_concurrency());
}

} // namespace

environment environment::of_process() {
    return {variable_of_process, read_whole_file, glob_of_process, cores_of_process()};
}

} // namespace thalamus::config
