#include "http/template_expand.hpp"

#include "base/percent_escape.hpp"
#include "http/percent.hpp"
#include "http/request_target.hpp"

#include <algorithm>
#include <optional>

namespace thalamus::http {

namespace {

using part_kind = config::template_part::kind;

/// A received value and its encoding.
struct value {
    std::string_view text;
    bool escaped = false; ///< percent-encoded, as in the canonical path
    bool rest = false;    ///< may contain slashes and may be empty
};

/// `storage` holds a value that had to be decoded.
std::optional<value> look_up(const config::template_part& part, const template_context& context,
                             std::string& storage) {
    switch (part.type) {
    case part_kind::capture:
        if (context.captures != nullptr)
            for (const auto& c : *context.captures)
                if (c.name == part.text) return value{c.value, true, c.rest};
        return std::nullopt;
    case part_kind::query: {
        auto found = find_parameter(context.query, part.text);
        if (!found) return std::nullopt;
        storage = std::move(*found);
        return value{storage};
    }
    case part_kind::header: {
        if (context.fields == nullptr) return std::nullopt;
        const auto found = find(*context.fields, part.text);
        return found.data() == nullptr ? std::nullopt : std::optional(value{found});
    }
    case part_kind::client_ip: return value{context.client_ip};
    case part_kind::host: return value{context.host};
    case part_kind::consumer:
        return context.consumer.empty() ? std::nullopt : std::optional(value{context.consumer});
    case part_kind::claim:
        storage.clear(); // may hold the value of another variable
        if (context.claims == nullptr || !context.claims->append_claim(part.text, storage))
            return std::nullopt;
        return value{storage};
    case part_kind::literal: break;
    }
    return std::nullopt;
}

bool is_visible(unsigned char c) { return c > ' ' && c < 0x7f; }

/// Decodes "%41" and "%20", but keeps "%25" and all escapes outside visible ASCII.
void append_to_header(const value& v, std::string& out) {
    for (std::size_t i = 0; i < v.text.size(); ++i) {
        const char c = v.text[i];
        if (!v.escaped) {
            // A decoded query parameter can contain any byte; a field value has nothing to encode.
            const auto byte = static_cast<unsigned char>(c);
            if (is_visible(byte) || byte == ' ' || byte >= 0x80) out += c;
            else append_encoded({&c, 1}, out);
            continue;
        }
        if (c == '%' && i + 2 < v.text.size()) {
            const auto byte = static_cast<unsigned char>(base::hex_value(v.text[i + 1]) * 16 +
                                                         base::hex_value(v.text[i + 2]));
            if ((is_visible(byte) || byte == ' ') && byte != '%') {
                out += static_cast<char>(byte);
                i += 2;
                continue;
            }
        }
        out += c;
    }
}

void append_to_query(const value& v, std::string& out) {
    if (!v.escaped) return append_encoded(v.text, out);
    std::string plain;
    append_decoded(v.text, false, plain);
    append_encoded(plain, out);
}

void append_to_path(const value& v, std::string& out) {
    if (v.escaped) out += v.text;
    else append_encoded(v.text, out);
}

/// Whether a segment of `path` is "." or "..".
bool has_dot_segment(std::string_view path) {
    while (!path.empty()) {
        const auto end = path.find('/');
        const auto segment = path.substr(0, end);
        if (segment == "." || segment == "..") return true;
        if (end == path.npos) break;
        path.remove_prefix(end + 1);
    }
    return false;
}

/// The part of a URI that contains the end of `text`.
enum class component : unsigned char { authority, path, query };

component component_after(std::string_view text) {
    if (text.find('?') != text.npos) return component::query;
    const auto scheme = text.find("://");
    if (scheme != text.npos && text.find('/', scheme + 3) == text.npos) return component::authority;
    return component::path;
}

/// The start of the last parameter of the query at `mark`.
std::size_t query_entry(std::string_view uri, std::size_t mark) {
    const auto ampersand = uri.rfind('&');
    return (ampersand != uri.npos && ampersand > mark ? ampersand : mark) + 1;
}

/// Expands a path or a whole URI.
bool expand_uri(const config::text_template& text, const template_context& context,
                std::string& out) {
    const auto start = out.size();
    std::string storage;
    bool left_out = false; // a query parameter was omitted
    bool skipping = false; // within the rest of an omitted parameter
    for (const auto& part : text.parts) {
        if (part.type == part_kind::literal) {
            std::string_view literal = part.text;
            if (skipping) {
                const auto next = literal.find('&');
                if (next == literal.npos) continue;
                literal.remove_prefix(next + 1);
                skipping = false;
            }
            out += literal;
            continue;
        }
        if (skipping) continue;
        const auto v = look_up(part, context, storage);
        const auto last = component_after(std::string_view(out).substr(start));
        if (!v) {
            if (last != component::query) return false;
            out.resize(query_entry(out, out.find('?', start)));
            left_out = skipping = true;
            continue;
        }
        switch (last) {
        case component::query: append_to_query(*v, out); break;
        case component::path:
            if (v->text.empty() && !v->rest) return false;
            append_to_path(*v, out);
            break;
        case component::authority:
            if (!valid_authority(v->text)) return false;
            out += v->text;
            break;
        }
    }
    if (left_out && (out.back() == '?' || out.back() == '&')) out.pop_back();
    const auto result = std::string_view(out).substr(start);
    return !has_dot_segment(result.substr(0, result.find('?')));
}

/// Expands with `append(value, out)` for each value; false if a value is missing.
template <class Append>
bool expand_parts(const config::text_template& text, const template_context& context,
                  std::string& out, Append append) {
    std::string storage;
    for (const auto& part : text.parts) {
        if (part.type == part_kind::literal) {
            out += part.text;
            continue;
        }
        const auto v = look_up(part, context, storage);
        if (!v) return false;
        append(*v, out);
    }
    return true;
}

template <class Expand>
bool all_or_nothing(std::string& out, Expand expand) {
    const auto size = out.size();
    if (expand()) return true;
    out.resize(size);
    return false;
}

} // namespace

bool expand_for_header(const config::text_template& text, const template_context& context,
                       std::string& out) {
    return all_or_nothing(out, [&] {
        return expand_parts(text, context, out,
                            [](const auto& v, std::string& text) { append_to_header(v, text); });
    });
}

bool expand_for_path(const config::text_template& text, const template_context& context,
                     std::string& out) {
    return all_or_nothing(out, [&] { return expand_uri(text, context, out); });
}

bool expand_for_location(const config::text_template& text, const template_context& context,
                         std::string& out) {
    const auto start = out.size();
    if (!all_or_nothing(out, [&] { return expand_uri(text, context, out); })) return false;
    auto query = context.query;
    if (query.starts_with('?')) query.remove_prefix(1);
    if (query.empty()) return true;
    out += out.find('?', start) == out.npos ? '?' : '&';
    out += query;
    return true;
}

bool expand_for_host(const config::text_template& text, const template_context& context,
                     std::string& out) {
    return all_or_nothing(out, [&] {
        const auto start = out.size();
        return expand_parts(text, context, out,
                            [](const auto& v, std::string& text) { text += v.text; }) &&
               valid_authority(std::string_view(out).substr(start));
    });
}

} // namespace thalamus::http
