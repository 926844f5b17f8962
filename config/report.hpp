#pragma once
// The problems of one load, ordered by location.

#include "config/loader.hpp"
#include "config/yaml_document.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace thalamus::config {

/// "routes[2]", "services.users", `services["a.b"]`
std::string path_of(const std::string& parent, std::string_view key);
std::string path_of(const std::string& parent, std::size_t index);

class report {
public:
    /// Names of the files read so far; position::file is an index into it.
    std::vector<std::string> files;

    void add(const position& where, const std::string& path, const std::string& message,
             const std::string& hint = "");
    bool empty() const { return found_.empty(); }
    /// "gateway.yaml:3:1"
    std::string to_text(const position& where) const;
    place to_place(const position& where) const;
    /// Returns the problems ordered by file, line and column; leaves the report empty.
    std::vector<problem> take();

private:
    struct entry {
        position where;
        problem what;
    };
    std::vector<entry> found_;
};

} // namespace thalamus::config
