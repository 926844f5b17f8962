#include "tests/support/paths.hpp"

#include <cstdlib>

namespace thalamus::test {

// In build/PRESET/tests/build_paths.cpp, which CMake writes: the only place where a test knows
// absolute paths, so that the compiler's output is the same in every checkout.
extern const char* const source_folder;
extern const char* const program_folder;

namespace {

std::filesystem::path from_environment(const char* variable, std::filesystem::path fallback) {
    const char* value = std::getenv(variable);
    return value && *value ? std::filesystem::path(value) : fallback;
}

} // namespace

std::filesystem::path program_path(const std::string& name) {
    return from_environment("THALAMUS_PROGRAMS", program_folder) / name;
}

std::filesystem::path source_path(const std::string& name) {
    return std::filesystem::path(source_folder) / name;
}

std::filesystem::path vectors_path(const std::string& name) {
    const auto beside = std::filesystem::path(source_folder).parent_path() / "shared";
    return from_environment("THALAMUS_SHARED", beside) / "vectors" / name;
}

} // namespace thalamus::test
