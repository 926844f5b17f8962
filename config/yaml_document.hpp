#pragma once
// A YAML file as a tree of our own, with the place of every key and value. yaml-cpp does the
// scanning (its headers stay inside yaml_document.cpp); types are decided later, from the text of
// each scalar and whether it was plain, because yaml-cpp's own conversions are YAML 1.1.
// Trees are bounded in depth and in size after aliases are followed: a bomb is an error.

#include "config/pattern.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace thalamus::config {

struct position {
    unsigned file = 0; ///< index into sources::files
    int line = 1, column = 1;
    auto operator<=>(const position&) const = default;
};

struct node;
using node_ptr = std::shared_ptr<node>;

struct node {
    enum class kind : unsigned char {
        null,
        scalar,
        sequence,
        mapping,
        failed ///< a scalar whose substitution was reported as a problem: nothing more to say
    };
    struct entry {
        node_ptr key; ///< a scalar; null in sequences
        node_ptr value;
        std::size_t index = 0; ///< of a sequence's element, in its own file
    };
    kind type = kind::null;
    position where;
    bool plain = false;       ///< scalar: neither quoted nor tagged as text
    bool substituted = false; ///< sources.cpp was here already (aliases share nodes)
    bool secret = false;      ///< scalar: holds what ${file:...} read
    bool of_node = false;     ///< scalar: holds ${HOSTNAME}, which each node has its own of
    std::string text;         ///< scalar
    std::vector<entry> entries;
    std::size_t weight = 1; ///< nodes below and this one, aliases followed
    unsigned height = 1;    ///< levels below and this one, aliases followed
};

constexpr std::size_t max_file_size = 16 << 20;
constexpr std::size_t max_nodes = 1'000'000; ///< of all files together, aliases followed
constexpr unsigned max_depth = 64;

struct yaml_error {
    position where;
    syntax_error what;
};

/// The one document in `text`. Null without an error means that it holds nothing.
std::variant<node_ptr, yaml_error> parse_yaml(const std::string& text, unsigned file);

} // namespace thalamus::config
