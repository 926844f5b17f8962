#pragma once
// Comma-separated lists in header fields (RFC 9110 section 5.6.1), whose elements have no quoted
// strings. Pure.

#include "http/characters.hpp"

namespace thalamus::http {

/// Calls `use` with each element, without surrounding whitespace. Empty elements are skipped.
template <class Use>
void for_each_element(std::string_view list, Use use) {
    while (true) {
        const auto comma = list.find(',');
        const auto element = trim(list.substr(0, comma));
        if (!element.empty()) use(element);
        if (comma == list.npos) return;
        list.remove_prefix(comma + 1);
    }
}

} // namespace thalamus::http
