#pragma once
// ${NAME}, ${NAME:-default} and ${file:PATH} in the scalars of a document, including keys. Inserted
// text is neither expanded again nor parsed as YAML.

#include "config/loader.hpp"
#include "config/pattern.hpp"

#include <functional>
#include <set>
#include <string>
#include <variant>

namespace thalamus::config {

/// Substitutes in all texts of one load. Not thread-safe.
class substitution {
public:
    explicit substitution(const environment& env) : env_(env) {}

    struct result {
        std::string text;
        bool secret = false;  ///< contains text from a file
        bool of_node = false; ///< contains HOSTNAME
    };
    /// `beside` is the file that contains the text; relative paths start at its folder.
    std::variant<result, syntax_error> apply(const std::string& text, const std::string& beside);

    /// The contents of the files, for masking.
    const std::set<std::string>& secrets() const { return secrets_; }

private:
    const environment& env_;
    std::set<std::string> secrets_;
    std::size_t produced_ = 0; // bytes in all texts together
};

/// `path` relative to the folder of the file `beside`.
std::string path_beside(const std::string& beside, const std::string& path);

} // namespace thalamus::config
