// libFuzzer entry: any bytes as a configuration file give a snapshot or problems, never a crash.
// The environment is in memory: the input itself can be included, a few variables and a secret
// exist.

#include "config/loader.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace thalamus::config;
    const std::string text(reinterpret_cast<const char*>(data), size);
    environment env;
    env.variable = [](const std::string& name) -> std::optional<std::string> {
        if (name == "EMPTY") return "";
        return name == "SET" ? std::optional<std::string>("a: {b} ${SET} \xFF") : std::nullopt;
    };
    env.read_file = [&](const std::string& path) -> std::optional<std::string> {
        if (path == "gateway.yaml" || path == "again.yaml") return text;
        return path == "secret" ? std::optional<std::string>("s3cret\n") : std::nullopt;
    };
    env.glob = [](const std::string& pattern) {
        return std::vector<std::string>(pattern == "*" ? 1 : 0, "again.yaml");
    };
    const auto result = load("gateway.yaml", env);
    if ((result.value == nullptr) == result.problems.empty()) std::abort();
    for (const auto& problem : result.problems)
        if (problem.line < 1 || problem.column < 1 ||
            problem.to_string().find('\n') != std::string::npos)
            std::abort();
    to_json(result.problems);
    return 0;
}
