#include "base/percent_escape.hpp"

namespace thalamus::base {

namespace {

/// Reads the next character of a canonical segment like a target that decodes repeatedly: nested
/// escapes are decoded until a character other than "%" results.
char next_decoded(std::string_view segment, std::size_t& position) {
    char c = segment[position++];
    if (c != '%') return c;
    std::size_t digits = position;
    for (;;) {
        if (digits + 2 > segment.size()) return c;
        int high = hex_value(segment[digits]), low = hex_value(segment[digits + 1]);
        if (high < 0 || low < 0) return c;
        position = digits + 2;
        char decoded = static_cast<char>(high * 16 + low);
        if (decoded != '%') return decoded;
        digits = position; // "%25" followed by two digits is another escape
    }
}

} // namespace

bool hides_dot_segment(std::string_view segment) {
    bool only_dots = true, ended = false; // for the name since the last separator
    std::size_t dots = 0;
    bool disguised = false;
    for (std::size_t position = 0; position < segment.size();) {
        auto before = position;
        char c = next_decoded(segment, position);
        if (position - before > 1) disguised = true;
        if (c == '/' || c == '\\') {
            if (only_dots && (dots == 1 || dots == 2)) return true;
            only_dots = true, ended = false, dots = 0;
        } else if (c == ';') {
            ended = disguised = true;
        } else if (!ended) {
            if (c == '.') ++dots;
            else only_dots = false;
        }
    }
    return disguised && only_dots && (dots == 1 || dots == 2);
}

} // namespace thalamus::base
