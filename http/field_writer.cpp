#include "http/field_writer.hpp"

#include "http/characters.hpp"

namespace thalamus::http {

void connection_options::read(std::string_view list) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        const auto name = trim(list.substr(0, comma));
        // These common names are dropped by their ids.
        if (!name.empty() && !iequals(name, "keep-alive") && !iequals(name, "close") &&
            !iequals(name, "upgrade") && !iequals(name, "te"))
            names_.push_back(name);
        if (comma == list.npos) break;
        list.remove_prefix(comma + 1);
    }
}

void append_joined(const field_list& fields, field_id id, std::string& out) {
    bool first = true;
    for (const auto& f : fields) {
        if (f.id != id || f.value.empty()) continue;
        if (!first) out += ", ";
        out += f.value;
        first = false;
    }
}

} // namespace thalamus::http
