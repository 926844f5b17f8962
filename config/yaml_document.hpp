#pragma once
// A YAML file as a tree with the location of every key and value. yaml-cpp scans the text; its
// headers are used only in yaml_document.cpp. Types are decided later, from the text of each scalar
// and whether it was plain, because the conversions of yaml-cpp follow YAML 1.1.
// Depth and size are limited with aliases followed: a YAML bomb is an error.

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
        failed ///< a scalar whose substitution failed; already reported
    };
    struct entry {
        node_ptr key; ///< a scalar; null in sequences
        node_ptr value;
        std::size_t index = 0; ///< of an element in the sequence of its own file
    };
    kind type = kind::null;
    position where;
    bool plain = false;       ///< scalar: neither quoted nor tagged as text
    bool substituted = false; ///< substitution is done (aliases share nodes)
    bool secret = false;      ///< scalar: contains ${file:...}
    bool of_node = false;     ///< scalar: contains ${HOSTNAME}, which differs from node to node
    std::string text;         ///< scalar
    std::vector<entry> entries;
    std::size_t weight = 1; ///< number of nodes, including this one, aliases followed
    unsigned height = 1;    ///< number of levels, including this one, aliases followed
};

constexpr std::size_t max_file_size = 16 << 20;
constexpr std::size_t max_nodes = 1'000'000; ///< in all files together, aliases followed
constexpr unsigned max_depth = 64;

struct yaml_error {
    position where;
    syntax_error what;
};

/// Parses the single document in `text`. Returns null if it is empty.
std::variant<node_ptr, yaml_error> parse_yaml(const std::string& text, unsigned file);

} // namespace thalamus::config
