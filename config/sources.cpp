#include "config/sources.hpp"

#include "config/suggest.hpp"

#include <algorithm>
#include <filesystem>
#include <unordered_map>

namespace thalamus::config {

namespace {

constexpr std::size_t deepest_include = 8, most_files = 1000;

std::string name_key(const std::string& section, const std::string& name) {
    return section + '\0' + name;
}

} // namespace

node_ptr sources::load(const std::string& file) {
    merged_ = std::make_shared<node>();
    merged_->type = node::kind::mapping;
    return read(file, nullptr, "") ? merged_ : nullptr;
}

/// Returns false if nothing in this file could be used. A file that cannot be opened is reported
/// where it is included, all other problems in the file itself.
bool sources::read(const std::string& file, const position* included_at, const std::string& path) {
    const auto normal = std::filesystem::path(file).lexically_normal().string();
    if (std::find(open_.begin(), open_.end(), normal) != open_.end()) {
        problems_.add(*included_at, path, in_quotes(file) + " is included from within itself",
                      "remove one include of the cycle");
        return false;
    }
    if (open_.size() >= deepest_include || seen_.size() >= most_files) {
        problems_.add(*included_at, path, "too many includes",
                      "at most " + std::to_string(deepest_include) + " levels and " +
                          std::to_string(most_files) + " files are read");
        return false;
    }
    if (!seen_.insert(normal).second) return true;

    const auto text = env_.read_file(file);
    if (!included_at || text) problems_.files.push_back(file);
    const position start{static_cast<unsigned>(problems_.files.size() - 1), 1, 1};
    if (!text) {
        problems_.add(included_at ? *included_at : start, path,
                      (included_at ? "the file " + in_quotes(file) : std::string("the file")) +
                          " cannot be read",
                      "check that it exists and that this user may read it");
        return false;
    }
    const auto parsed = parse_yaml(*text, start.file);
    if (const auto* error = std::get_if<yaml_error>(&parsed)) {
        problems_.add(error->where, "", error->what.message, error->what.hint);
        return false;
    }
    const auto& root = std::get<node_ptr>(parsed);
    if (!root || root->type == node::kind::null) {
        // An included file may be empty or all comments; the main one must contain routes.
        if (!included_at) problems_.add(start, "", "the file is empty", "it needs at least routes");
        return included_at != nullptr;
    }
    if (root->type != node::kind::mapping) {
        problems_.add(root->where, "", "expected keys and values",
                      "a configuration starts with keys such as services: and routes:");
        return false;
    }
    weight_ += root->weight;
    if (weight_ > max_nodes) {
        problems_.add(start, "", "too large together with the other files",
                      "at most " + std::to_string(max_nodes) + " values are read");
        return false;
    }
    prepare(*root, "", file);
    merge(*root);
    for (const auto& entry : root->entries)
        if (entry.key->text == "include") {
            open_.push_back(normal);
            follow(*entry.value, file);
            open_.pop_back();
        }
    return true;
}

void sources::follow(const node& includes, const std::string& file) {
    if (includes.type != node::kind::sequence) {
        problems_.add(includes.where, "include", "expected a list", "as in [routes.d/*.yaml]");
        return;
    }
    for (const auto& entry : includes.entries) {
        const auto path = path_of("include", entry.index);
        const auto& pattern = entry.value->text;
        if (entry.value->type != node::kind::scalar || pattern.empty() ||
            pattern.find('\0') != pattern.npos) {
            problems_.add(entry.value->where, path, "expected a file name",
                          "as in routes.d/*.yaml");
            continue;
        }
        const auto full = path_beside(file, pattern);
        if (pattern.find_first_of("*?[") == pattern.npos) {
            read(full, &entry.value->where, path);
            continue;
        }
        for (const auto& match : env_.glob(full)) read(match, &entry.value->where, path);
    }
}

/// Substitutes in every scalar below and reports duplicate keys.
void sources::prepare(node& at, const std::string& path, const std::string& file) {
    if (at.type == node::kind::scalar) return substitute(at, path, file);
    if (at.substituted) // reached before through an alias
        return;
    at.substituted = true;
    std::unordered_map<std::string_view, const node*> keys;
    for (auto& entry : at.entries) {
        if (!entry.key) {
            prepare(*entry.value, path_of(path, entry.index), file);
            continue;
        }
        substitute(*entry.key, path, file);
        if (entry.key->type == node::kind::failed) continue;
        const auto here = path_of(path, entry.key->text);
        const auto [first, added] = keys.emplace(entry.key->text, entry.key.get());
        if (!added)
            problems_.add(entry.key->where, here,
                          "defined twice; first at " + problems_.to_text(first->second->where),
                          "keep one of them");
        prepare(*entry.value, here, file);
    }
}

void sources::substitute(node& scalar, const std::string& path, const std::string& file) {
    if (scalar.substituted || scalar.type != node::kind::scalar) return;
    scalar.substituted = true;
    if (scalar.text.find("${") == std::string::npos) return;
    auto result = outside_.apply(scalar.text, file);
    if (const auto* error = std::get_if<syntax_error>(&result)) {
        problems_.add(scalar.where, path, error->message, error->hint);
        // Readers of a failed node do not report it again.
        scalar.type = node::kind::failed;
        return;
    }
    auto& done = std::get<substitution::result>(result);
    scalar.text = std::move(done.text);
    scalar.secret = done.secret;
    scalar.of_node = done.of_node;
}

void sources::merge(const node& top) {
    for (const auto& entry : top.entries) {
        const auto& section = entry.key->text;
        if (section == "include" || entry.key->type == node::kind::failed) continue;
        const auto here = path_of("", section);
        const auto [known, is_new] = sections_.emplace(section, merged_->entries.size());
        if (is_new) {
            // A copy: members that are added to it must not appear at its aliases.
            merged_->entries.push_back({entry.key, std::make_shared<node>(*entry.value), 0});
            if (entry.value->type == node::kind::mapping)
                for (const auto& member : entry.value->entries)
                    names_.emplace(name_key(section, member.key->text), member.key->where);
            continue;
        }
        const auto& same = merged_->entries[known->second];
        // prepare() has reported duplicates within one mapping.
        if (same.key->where.file == entry.key->where.file) continue;
        auto& into = *same.value;
        if (into.type == node::kind::sequence && entry.value->type == node::kind::sequence) {
            into.entries.insert(into.entries.end(), entry.value->entries.begin(),
                                entry.value->entries.end());
            continue;
        }
        if (into.type != node::kind::mapping || entry.value->type != node::kind::mapping) {
            problems_.add(entry.key->where, here,
                          "defined twice; first at " + problems_.to_text(same.key->where),
                          "keep one of them");
            continue;
        }
        for (const auto& member : entry.value->entries) {
            if (member.key->type == node::kind::failed) continue;
            const auto [first, added] =
                names_.emplace(name_key(section, member.key->text), member.key->where);
            if (added) into.entries.push_back(member);
            else if (first->second.file != member.key->where.file)
                problems_.add(member.key->where, path_of(here, member.key->text),
                              "defined twice; first at " + problems_.to_text(first->second),
                              "keep one of them");
        }
    }
}

} // namespace thalamus::config
