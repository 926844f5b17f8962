#include "config/report.hpp"

#include "config/scalars.hpp"
#include "config/suggest.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace thalamus::config {

std::string path_of(const std::string& parent, std::string_view key) {
    const bool simple = is_name(key) && key.find('.') == key.npos;
    if (!simple) return parent + "[" + in_quotes(key) + "]";
    return (parent.empty() ? "" : parent + ".") + std::string(key);
}

std::string path_of(const std::string& parent, std::size_t index) {
    return parent + "[" + std::to_string(index) + "]";
}

void report::add(const position& where, const std::string& path, const std::string& message,
                 const std::string& hint) {
    const auto& file = where.file < files.size() ? files[where.file] : std::string();
    // Messages quote names from the file in many places. Escaping here covers all of them.
    found_.push_back(
        {where, {file, where.line, where.column, path, on_one_line(message), on_one_line(hint)}});
}

std::string report::to_text(const position& where) const {
    return on_one_line(files[where.file]) + ":" + std::to_string(where.line) + ":" +
           std::to_string(where.column);
}

place report::to_place(const position& where) const {
    return {files[where.file], where.line, where.column};
}

std::vector<problem> report::take() {
    std::stable_sort(found_.begin(), found_.end(),
                     [](const entry& a, const entry& b) { return a.where < b.where; });
    std::vector<problem> result;
    result.reserve(found_.size());
    for (auto& found : found_) result.push_back(std::move(found.what));
    found_.clear();
    return result;
}

std::string problem::to_string() const {
    auto text =
        on_one_line(file) + ":" + std::to_string(line) + ":" + std::to_string(column) + ": ";
    if (!path.empty()) text += path + ": ";
    text += message;
    if (!hint.empty()) text += "; " + hint;
    return text;
}

std::string to_json(const std::vector<problem>& problems) {
    auto list = nlohmann::ordered_json::array();
    for (const auto& p : problems)
        list.push_back({{"file", p.file},
                        {"line", p.line},
                        {"column", p.column},
                        {"path", p.path},
                        {"message", p.message},
                        {"hint", p.hint}});
    // File names may contain any bytes.
    return list.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace thalamus::config
