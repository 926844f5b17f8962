#include "http/header_plan.hpp"

#include <algorithm>

namespace thalamus::http {

static_assert(static_cast<unsigned>(field_id::count) <= 64, "drops() has one bit per field");

header_plan::header_plan(const config::header_edits& edits) {
    const auto drop = [&](const std::string& name) {
        const auto id = to_field_id(name);
        if (id == field_id::other) other_names_.push_back(name);
        else ids_ |= std::uint64_t{1} << static_cast<unsigned>(id);
    };
    const auto add = [&](const config::header_edit& edit) {
        line l{edit.name + ": ", edit.name.size(), nullptr};
        if (!edit.value.is_literal()) l.value = &edit.value;
        else if (edit.value.parts.empty()) l.text += "\r\n";
        else l.text.append(edit.value.parts[0].text).append("\r\n");
        lines_.push_back(std::move(l));
    };
    for (const auto& name : edits.remove) drop(name);
    for (const auto& edit : edits.set) {
        // Dropped even if the new value is missing: the client's value must not be used instead.
        drop(edit.name);
        add(edit);
    }
    for (const auto& edit : edits.add) add(edit);
    empty_ = ids_ == 0 && other_names_.empty() && lines_.empty();
}

bool header_plan::drops_name(std::string_view name) const {
    return std::any_of(other_names_.begin(), other_names_.end(),
                       [&](const auto& dropped) { return iequals(name, dropped); });
}

void header_plan::append_lines(const template_context& context, std::string& out,
                               std::span<const std::string_view> except) const {
    for (const auto& l : lines_) {
        const auto name = std::string_view(l.text).substr(0, l.name_size);
        if (std::any_of(except.begin(), except.end(), [&](auto n) { return iequals(n, name); }))
            continue;
        const auto start = out.size();
        out += l.text;
        if (l.value == nullptr) continue;
        if (expand_for_header(*l.value, context, out)) out += "\r\n";
        else out.resize(start);
    }
}

} // namespace thalamus::http
