#include "config/pattern.hpp"

#include "base/percent_escape.hpp"
#include "config/pattern_syntax.hpp"
#include "config/scalars.hpp"
#include "config/suggest.hpp"

#include <algorithm>

namespace thalamus::config {

namespace {

constexpr std::size_t longest_pattern = 2048;

/// RFC 3986 pchar without the escapes.
bool is_path_char(char c) {
    return base::is_unreserved(c) ||
           std::string_view("!$&'()*+,;=:@").find(c) != std::string_view::npos;
}

} // namespace

bool is_capture_name(std::string_view name) {
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    return !name.empty() && name.size() <= 64 && letter(name[0]) &&
           std::all_of(name.begin(), name.end(),
                       [&](char c) { return letter(c) || c == '-' || (c >= '0' && c <= '9'); });
}

bool is_template_word(std::string_view name) {
    return name == "host" || name == "client_ip" || name == "consumer";
}

std::variant<std::string, syntax_error> to_canonical_text(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte < 0x20 || byte == 0x7F)
            return syntax_error{"a control character in a path", "remove it"};
        if (byte == '\\')
            return syntax_error{"\"\\\" in a path",
                                "requests that contain it are rejected; write /"};
        if (byte == '?' || byte == '#')
            return syntax_error{in_quotes(text.substr(at, 1)) + " in a path",
                                byte == '?' ? "put conditions on the query into match.query"
                                            : "a request's path has no fragment; write %23"};
        if (byte != '%') {
            if (is_path_char(text[at])) result += text[at];
            else base::append_escape(byte, result);
            continue;
        }
        const int high = at + 2 < text.size() ? base::hex_value(text[at + 1]) : -1;
        const int low = at + 2 < text.size() ? base::hex_value(text[at + 2]) : -1;
        if (high < 0 || low < 0)
            return syntax_error{"\"%\" without two hexadecimal digits",
                                "write %25 for a literal %"};
        const auto decoded = static_cast<unsigned char>(high * 16 + low);
        at += 2;
        if (decoded == 0 || decoded == '\\')
            return syntax_error{decoded ? "%5C in a path" : "%00 in a path",
                                "requests that contain it are rejected; remove it"};
        if (base::is_unreserved(static_cast<char>(decoded))) result += static_cast<char>(decoded);
        else base::append_escape(decoded, result);
    }
    if (result == "." || result == ".." || base::hides_dot_segment(result))
        return syntax_error{"a dot segment in a path", "write the resolved path"};
    return result;
}

std::variant<path_pattern, syntax_error> parse_path_pattern(std::string_view text) {
    path_pattern result{std::string(text), {}};
    if (!text.starts_with('/'))
        return syntax_error{"a path starts with /",
                            "write " + in_quotes(std::string("/").append(text))};
    if (text.size() > longest_pattern)
        return syntax_error{"longer than 2048 characters", "shorten it"};
    text.remove_prefix(1);
    if (text.empty()) return result;
    std::vector<std::string_view> names;
    for (bool last = false; !last;) {
        const auto slash = text.find('/');
        last = slash == text.npos;
        const auto segment = text.substr(0, slash);
        text = last ? std::string_view() : text.substr(slash + 1);
        if (segment.empty() && !last)
            return syntax_error{"\"//\" in a path",
                                "write one /: repeated slashes in requests are merged"};
        if (segment.find_first_of("{}") == segment.npos) {
            auto literal = to_canonical_text(segment);
            if (auto* error = std::get_if<syntax_error>(&literal)) return std::move(*error);
            result.segments.push_back(
                {pattern_segment::kind::literal, std::get<std::string>(std::move(literal))});
            continue;
        }
        if (!segment.starts_with('{') || segment.find('}') != segment.size() - 1)
            return syntax_error{"a capture must be a whole segment",
                                "as in /users/{id}; write %7B and %7D for literal braces"};
        auto name = segment.substr(1, segment.size() - 2);
        const bool rest = name.ends_with("...");
        if (rest) name.remove_suffix(3);
        if (!is_capture_name(name))
            return syntax_error{in_quotes(name) + " is not a valid name for a capture",
                                "a letter or \"_\", then letters, digits, \"_\" and \"-\", as in "
                                "{id} or {rest...}"};
        if (is_template_word(name))
            return syntax_error{in_braces(name) + " has another meaning in templates",
                                "choose another name"};
        if (rest && !last)
            return syntax_error{in_braces(std::string(name) + "...") + " is not the last segment",
                                "write " + in_braces(name) + " for one segment"};
        if (std::find(names.begin(), names.end(), name) != names.end())
            return syntax_error{in_braces(name) + " is captured twice",
                                "give each capture its own name"};
        names.push_back(name);
        result.segments.push_back(
            {rest ? pattern_segment::kind::rest : pattern_segment::kind::capture,
             std::string(name)});
    }
    return result;
}

} // namespace thalamus::config
