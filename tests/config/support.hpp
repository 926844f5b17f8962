#pragma once
// A configuration in memory: files, environment variables and what loading them gives.

#include "config/loader.hpp"

#include <map>
#include <string>
#include <vector>

namespace thalamus::config {

struct memory {
    std::map<std::string, std::string> files, variables;

    /// Globs with one `*` only.
    environment env() const {
        environment result;
        result.variable = [this](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
        };
        result.read_file = [this](const std::string& path) -> std::optional<std::string> {
            const auto found = files.find(path);
            return found == files.end() ? std::nullopt : std::optional(found->second);
        };
        result.glob = [this](const std::string& pattern) {
            const auto star = pattern.find('*');
            const auto before = pattern.substr(0, star), after = pattern.substr(star + 1);
            std::vector<std::string> matches;
            for (const auto& file : files)
                if (file.first.size() + 1 >= pattern.size() && file.first.starts_with(before) &&
                    file.first.ends_with(after))
                    matches.push_back(file.first);
            return matches;
        };
        result.cores = 4;
        return result;
    }

    load_result load(const std::string& file = "gateway.yaml") const {
        return config::load(file, env());
    }
};

/// The problems of one file named gateway.yaml, as they are printed.
inline std::vector<std::string> problems_of(const memory& outside) {
    std::vector<std::string> texts;
    for (const auto& problem : outside.load().problems) texts.push_back(problem.to_string());
    return texts;
}

inline std::vector<std::string> problems_of(const std::string& yaml) {
    return problems_of(memory{{{"gateway.yaml", yaml}}, {}});
}

/// One per line, for messages of failed tests.
inline std::string listed(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += "\n  " + line;
    return text;
}

/// The snapshot of one file that must load.
inline snapshot_ptr must_load(const memory& outside) {
    const auto result = outside.load();
    if (!result.value) throw std::runtime_error("does not load:" + listed(problems_of(outside)));
    return result.value;
}

inline snapshot_ptr must_load(const std::string& yaml) {
    return must_load(memory{{{"gateway.yaml", yaml}}, {}});
}

} // namespace thalamus::config
