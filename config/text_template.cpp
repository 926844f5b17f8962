#include "config/pattern_syntax.hpp"
#include "config/scalars.hpp"
#include "config/suggest.hpp"

namespace thalamus::config {

namespace {

using kind = template_part::kind;

std::variant<template_part, syntax_error> to_hole(std::string_view name) {
    const auto after = [&](std::string_view prefix) {
        return std::string(name.substr(prefix.size()));
    };
    if (name == "host") return template_part{kind::host, "host"};
    if (name == "client_ip") return template_part{kind::client_ip, "client_ip"};
    if (name == "consumer") return template_part{kind::consumer, "consumer"};
    if (name.starts_with("query.") && name.size() > 6)
        return template_part{kind::query, after("query.")};
    if (name.starts_with("claim.") && name.size() > 6)
        return template_part{kind::claim, after("claim.")};
    if (name.starts_with("header.")) {
        if (!is_token(after("header.")))
            return syntax_error{in_quotes(after("header.")) + " is not a header name",
                                "as in {header.X-Tenant}"};
        return template_part{kind::header, to_lower(after("header."))};
    }
    if (name.starts_with("parts."))
        return syntax_error{in_braces(name.substr(0, 64)) + " is not supported yet",
                            "leave it out in this version"};
    if (name.ends_with("...") && is_capture_name(name.substr(0, name.size() - 3)))
        return syntax_error{in_braces(name) + " is only valid in match.path",
                            "write " + in_braces(name.substr(0, name.size() - 3)) + " here"};
    if (!is_capture_name(name))
        return syntax_error{in_braces(name.substr(0, 64)) + " is not a template",
                            "known: a capture of match.path, {query.x}, {header.x}, {client_ip}, "
                            "{host}, {consumer}, {claim.x}; write {{ and }} for literal braces"};
    return template_part{kind::capture, std::string(name)};
}

} // namespace

std::variant<text_template, syntax_error> parse_template(std::string_view text) {
    text_template result{std::string(text), {}};
    std::string literal;
    const auto flush = [&] {
        if (!literal.empty()) result.parts.push_back({kind::literal, std::move(literal)});
        literal.clear();
    };
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c != '{' && c != '}') {
            literal += c;
        } else if (at + 1 < text.size() && text[at + 1] == c) {
            literal += c;
            ++at;
        } else if (c == '}') {
            return syntax_error{"} without {", "write }} for a literal }"};
        } else {
            const auto end = text.find('}', at);
            if (end == text.npos) return syntax_error{"{ without }", "write {{ for a literal {"};
            auto hole = to_hole(text.substr(at + 1, end - at - 1));
            if (auto* error = std::get_if<syntax_error>(&hole)) return std::move(*error);
            flush();
            result.parts.push_back(std::get<template_part>(std::move(hole)));
            at = end;
        }
    }
    flush();
    return result;
}

} // namespace thalamus::config
