#pragma once
// Reads a file and its includes into one tree, with substitutions. Top-level lists are
// concatenated, maps are merged by name, and a name that occurs twice is a problem.

#include "config/report.hpp"
#include "config/substitute.hpp"

#include <set>
#include <string>
#include <unordered_map>

namespace thalamus::config {

/// Used for one load only.
class sources {
public:
    sources(const environment& env, report& problems)
        : env_(env),
          problems_(problems),
          outside_(env) {}

    /// The merged top level: a mapping. Null, and reported, if the file itself could not be read.
    node_ptr load(const std::string& file);

    /// The texts that ${file:...} inserted, to be masked in all output.
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
    std::vector<std::string> open_;                   // files that are being read, outermost first
    std::size_t weight_ = 0;                          // nodes in all files
};

} // namespace thalamus::config
