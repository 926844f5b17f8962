#include "http/field_writer.hpp"

#include "http/list.hpp"

namespace thalamus::http {

void connection_options::read(std::string_view list) {
    for_each_element(list, [this](std::string_view name) {
        // These common names are dropped by their ids.
        if (!iequals(name, "keep-alive") && !iequals(name, "close") && !iequals(name, "upgrade") &&
            !iequals(name, "te"))
            names_.push_back(name);
    });
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
