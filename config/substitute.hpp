#pragma once
// ${NAME}, ${NAME:-default} and ${file:PATH} in the scalars of a document, keys too. What comes in
// is neither expanded again nor read as YAML structure.

#include "config/loader.hpp"
#include "config/pattern.hpp"

#include <functional>
#include <set>
#include <string>
#include <variant>

namespace thalamus::config {

/// The outside of one load, for the texts of one file after the other. Not thread-safe.
class substitution {
public:
    explicit substitution(const environment& env) : env_(env) {}

    struct result {
        std::string text;
        bool secret = false;  ///< something came from a file
        bool of_node = false; ///< something came from HOSTNAME
    };
    /// `beside` is the file in which the text stands; relative paths start at its folder.
    std::variant<result, syntax_error> apply(const std::string& text, const std::string& beside);

    /// What the files held, for masking.
    const std::set<std::string>& secrets() const { return secrets_; }

private:
    const environment& env_;
    std::set<std::string> secrets_;
    std::size_t produced_ = 0; // bytes, of all texts together
};

/// `path` as seen from the folder of the file `beside`.
std::string path_beside(const std::string& beside, const std::string& path);

} // namespace thalamus::config
