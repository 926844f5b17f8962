#include "http/header_plan.hpp"

#include "http/characters.hpp"

#include <algorithm>

namespace thalamus::http {

namespace {

static_assert(static_cast<unsigned>(field_id::count) <= 64, "drops() keeps a bit per field");

bool is_sendable(std::string_view name, const config::text_template& value) {
    return !name.empty() && std::all_of(name.begin(), name.end(), is_token_char) &&
           !is_protected_field(name) &&
           std::all_of(value.parts.begin(), value.parts.end(), [](const auto& part) {
               return part.type != config::template_part::kind::literal ||
                      std::none_of(part.text.begin(), part.text.end(), is_control);
           });
}

} // namespace

bool is_protected_field(std::string_view name) {
    switch (to_field_id(name)) {
    case field_id::connection:
    case field_id::content_length:
    case field_id::expect:
    case field_id::host:
    case field_id::keep_alive:
    case field_id::proxy_connection:
    case field_id::te:
    case field_id::trailer:
    case field_id::transfer_encoding:
    case field_id::upgrade: return true;
    default: return iequals(name, "http2-settings");
    }
}

header_plan::header_plan(const config::header_edits& edits) {
    const auto drop = [&](const std::string& name) {
        const auto id = to_field_id(name);
        if (id == field_id::other) other_names_.push_back(name);
        else ids_ |= std::uint64_t{1} << static_cast<unsigned>(id);
    };
    const auto add = [&](const config::header_edit& edit) {
        auto begin = edit.name + ": ";
        if (!edit.value.is_literal()) {
            lines_.push_back({std::move(begin), &edit.value});
            return;
        }
        begin += (edit.value.parts.empty() ? std::string() : edit.value.parts[0].text) + "\r\n";
        if (!lines_.empty() && lines_.back().value == nullptr) lines_.back().text += begin;
        else lines_.push_back({std::move(begin), nullptr});
    };
    for (const auto& name : edits.remove)
        if (!is_protected_field(name)) drop(name);
    for (const auto& edit : edits.set) {
        if (!is_sendable(edit.name, edit.value)) continue;
        // Dropped even if the new value turns out to be missing: the client's own must not pass for it.
        drop(edit.name);
        add(edit);
    }
    for (const auto& edit : edits.add)
        if (is_sendable(edit.name, edit.value)) add(edit);
    empty_ = ids_ == 0 && other_names_.empty() && lines_.empty();
}

bool header_plan::drops_name(std::string_view name) const {
    return std::any_of(other_names_.begin(), other_names_.end(),
                       [&](const auto& dropped) { return iequals(name, dropped); });
}

void header_plan::append_lines(const template_context& from, std::string& out) const {
    for (const auto& l : lines_) {
        const auto start = out.size();
        out += l.text;
        if (l.value == nullptr) continue;
        if (expand_for_header(*l.value, from, out)) out += "\r\n";
        else out.resize(start);
    }
}

} // namespace thalamus::http
