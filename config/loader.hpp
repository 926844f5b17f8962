#pragma once
// Loads a configuration file: YAML (JSON is YAML too), includes, ${ENVIRONMENT} and ${file:PATH},
// checks every key and reports all errors at once. Does blocking file I/O: call it from main, never
// on a reactor.

#include "config/snapshot.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace thalamus::config {

/// One error in a configuration. `path` is its location in the document: "routes[2].match.path".
struct problem {
    std::string file;
    int line = 0, column = 0; ///< from 1
    std::string path, message, hint;
    /// "gateway.yaml:41:7: routes[2].match.pth: unknown key; did you mean "path"?"
    std::string to_string() const;
};

/// The environment of a load; tests pass their own.
struct environment {
    std::function<std::optional<std::string>(const std::string& name)>
        variable; ///< nullopt = unset
    std::function<std::optional<std::string>(const std::string& path)>
        read_file; ///< nullopt = unreadable
    std::function<std::vector<std::string>(const std::string& pattern)> glob; ///< sorted matches
    unsigned cores = 1; ///< for `reactors: auto`
    static environment of_process();
};

struct load_result {
    snapshot_ptr value;            ///< null if there are problems
    std::vector<problem> problems; ///< ordered by location
};

load_result load(const std::string& file, const environment& env = environment::of_process());

/// The JSON list that `thalamus check --json` prints, with {file, line, column, path, message,
/// hint} for each problem.
std::string to_json(const std::vector<problem>& problems);

} // namespace thalamus::config
