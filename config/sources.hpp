#pragma once
// From a file name to one tree: reads the file and what it includes, substitutes, and merges.
// Lists of the top level are joined, maps are merged by name, and a name in two places is a problem.

#include "config/report.hpp"
#include "config/substitute.hpp"

#include <set>
#include <string>
#include <unordered_map>

namespace thalamus::config {

/// One use per load.
class sources {
public:
    sources(const environment& env, report& problems)
        : env_(env),
          problems_(problems),
          outside_(env) {}

    /// The merged top level: a mapping; null if the file itself could not be read (and reported).
    node_ptr load(const std::string& file);

    /// What ${file:...} read, to be masked wherever it is shown.
    const std::set<std::string>& secrets() const { return outside_.secrets(); }

private:
    bool read(const std::string& file, const position* included_at, const std::string& path);
    void follow(const node& includes, const std::string& file);
    void prepare(node& at, const std::string& path, const std::string& file);
    void substitute(node& scalar, const std::string& path, const std::string& file);
    void merge(const node& top);

    const environment& env_;
    report& problems_;
    substitution outside_;
    node_ptr merged_;
    std::unordered_map<std::string, std::size_t> sections_; // index into the entries of merged_
    std::unordered_map<std::string, position> names_; // "services\0users" -> where it is defined
    std::set<std::string> seen_;                      // files, in normal form
    std::vector<std::string> open_; // files that are being included, outermost first
    std::size_t weight_ = 0;        // nodes of all files
};

} // namespace thalamus::config
