// The templates of a route, and `rewrite`, which consists of templates.

#include "config/addresses.hpp"
#include "config/pattern_syntax.hpp"
#include "config/route_parts.hpp"

namespace thalamus::config {

namespace {

using kind = template_part::kind;

bool captures(const path_pattern& pattern, const std::string& name) {
    for (const auto& segment : pattern.segments)
        if (segment.type != pattern_segment::kind::literal && segment.text == name) return true;
    return false;
}

void unknown_capture(reader& in, const cursor& at, const path_pattern& pattern,
                     const std::string& name) {
    std::vector<std::string_view> known;
    for (const auto& segment : pattern.segments)
        if (segment.type != pattern_segment::kind::literal) known.push_back(segment.text);
    known.insert(known.end(), {"host", "client_ip"});
    in.fail(
        at, in_braces(name) + " is not captured by match.path",
        did_you_mean(name, known, "add " + in_braces(name) + " to " + in_quotes(pattern.source)));
}

/// The literal text in canonical form, segment by segment. It cannot fail: errors have been found
/// in the skeleton, because only the skeleton has whole segments.
std::string canonical_literal(const std::string& text) {
    std::string result;
    for (std::size_t from = 0;;) {
        const auto slash = text.find('/', from);
        const auto piece = text.substr(from, slash - from);
        auto canonical = to_canonical_text(piece);
        const auto* good = std::get_if<std::string>(&canonical);
        result += good ? *good : piece;
        if (slash == text.npos) return result;
        result += '/';
        from = slash + 1;
    }
}

void read_rewrite_path(reader& in, const cursor& at, const route_scope& scope,
                       rewrite_settings& into) {
    auto path = read_template(in, at, scope);
    if (!path) return;
    auto skeleton = skeleton_of(*path);
    if (skeleton.find_first_of("{}") != std::string::npos) {
        in.fail(at, "braces in a path", "write %7B and %7D for literal braces");
        return;
    }
    if (const auto query = skeleton.find('?'); query != std::string::npos) {
        in.fail(at, "\"?\" in a path", "the request's query is kept as it is; remove this one");
        return;
    }
    if (path->parts.empty() || path->parts[0].type != kind::literal) {
        in.fail(at, "a path starts with /", "write " + in_quotes("/" + path->source));
        return;
    }
    if (!in.parsed(at, parse_path_pattern(skeleton))) return;
    for (auto& part : path->parts)
        if (part.type == kind::literal) part.text = canonical_literal(part.text);
    into.path = std::move(*path);
}

void read_strip_prefix(reader& in, const cursor& at, rewrite_settings& into) {
    auto text = in.text(at);
    if (!text) return;
    if (text->size() > 1 && text->ends_with('/')) text->pop_back();
    const auto pattern = in.parsed(at, parse_path_pattern(*text));
    if (!pattern) return;
    std::string prefix;
    for (const auto& segment : pattern->segments) {
        if (segment.type != pattern_segment::kind::literal) {
            in.fail(at, "a prefix cannot contain captures", "use rewrite.path instead");
            return;
        }
        prefix += "/" + segment.text;
    }
    if (prefix.empty())
        in.fail(at, "\"/\" strips nothing", "name a segment, as in /api, or leave it out");
    into.strip_prefix = prefix;
}

} // namespace

std::optional<text_template> read_template(reader& in, const cursor& at, const route_scope& scope) {
    const auto text = in.text(at, true);
    if (!text) return std::nullopt;
    auto value = in.parsed(at, parse_template(*text));
    if (!value) return std::nullopt;
    bool good = true;
    for (const auto& part : value->parts) {
        if ((part.type == kind::claim || part.type == kind::consumer) && !scope.has_auth) {
            const auto hole = part.type == kind::claim ? "claim." + part.text : part.text;
            in.fail(at, in_braces(hole) + ": this route has no authentication",
                    "name an auth method under auth");
            good = false;
        } else if (part.type == kind::capture && scope.pattern &&
                   !captures(*scope.pattern, part.text)) {
            unknown_capture(in, at, *scope.pattern, part.text);
            good = false;
        }
    }
    return good ? value : std::nullopt;
}

std::string skeleton_of(const text_template& value) {
    std::string text;
    for (const auto& part : value.parts) text += part.type == kind::literal ? part.text : "x";
    return text;
}

void read_rewrite(block& route, const route_scope& scope, rewrite_settings& into) {
    auto& in = route.in();
    const auto found = route.find("rewrite");
    if (!found || in.is_off(*found)) return;
    block rewrite(in, *found);
    if (const auto prefix = rewrite.find("strip_prefix")) read_strip_prefix(in, *prefix, into);
    if (const auto path = rewrite.find("path")) read_rewrite_path(in, *path, scope, into);
    if (const auto host = rewrite.find("host")) {
        auto value = read_template(in, *host, scope);
        if (value && !is_authority(skeleton_of(*value)))
            in.fail(*host, in.shown(*host) + " is not a host",
                    "as in api.internal or api.internal:8080");
        else if (value) into.host = std::move(*value);
    }
    rewrite.finish();
}

void write_rewrite(block_writer& route, const rewrite_settings& from) {
    if (from.strip_prefix.empty() && !from.path && !from.host) return;
    route.nested("rewrite", [&](block_writer& rewrite) {
        if (!from.strip_prefix.empty()) rewrite.text("strip_prefix", from.strip_prefix);
        if (from.path) rewrite.text("path", from.path->source);
        if (from.host) rewrite.text("host", from.host->source);
    });
}

} // namespace thalamus::config
