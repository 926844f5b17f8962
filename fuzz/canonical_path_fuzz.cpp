// Any bytes as a request-target: the canonical path is canonical, without dot segments even to a
// reader that decodes once more, and no rewrite leads out of what it names.

#include "http/canonical_path.hpp"
#include "http/percent.hpp"
#include "http/rewrite.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace thalamus;

void require(bool holds) {
    if (!holds) std::abort();
}

bool has_dot_segment(std::string path) {
    path += '/';
    return path.find("/./") != path.npos || path.find("/../") != path.npos;
}

void check_path(std::string_view path) {
    require(path.starts_with('/'));
    require(path.find("//") == path.npos);
    require(!has_dot_segment(std::string(path)));
    std::string decoded;
    http::append_decoded(path, false, decoded);
    require(!has_dot_segment(decoded));
    for (const unsigned char c : path)
        require(c > ' ' && c < 0x7f && c != '\\' && c != '#' && c != '?');
}

config::text_template parse(std::string_view text) {
    return std::get<config::text_template>(config::parse_template(text));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view target(reinterpret_cast<const char*>(data), size);
    std::string buffer;
    const auto uri = http::canonicalize(target, buffer);
    if (uri.refusal) {
        require(uri.refusal.status == 400 && !uri.refusal.reason.empty());
        return 0;
    }
    if (uri.type == http::request_uri::form::asterisk) return 0;
    check_path(uri.path);
    require(uri.query.empty() || uri.query.front() == '?');
    require(target.ends_with(uri.query));

    const auto again = std::string(uri.path) + std::string(uri.query);
    std::string untouched = "untouched";
    const auto twice = http::canonicalize(again, untouched);
    require(!twice.refusal && twice.path == uri.path && twice.query == uri.query);
    require(twice.has_encoded_slash == (uri.path.find("%2F") != uri.path.npos));

    static const auto below = parse("/internal/{rest}"),
                      segment = parse("/internal/{query.v}/end?p={query.v}");
    const http::capture_list captures{{"rest", uri.path.substr(1), true}};
    const http::template_context from{&captures, nullptr, uri.query, "", ""};
    config::rewrite_settings settings;
    std::string other;
    settings.path = below;
    const auto rest = http::rewrite_uri(settings, uri.path, from, other);
    require(!rest.refusal && rest.query == uri.query);
    require(rest.path == "/internal" + std::string(uri.path));
    settings.path = segment;
    const auto value = http::rewrite_uri(settings, uri.path, from, other);
    if (!value.refusal) {
        check_path(value.path);
        require(value.path.starts_with("/internal/") && value.path.ends_with("/end"));
        require(value.path.find('/', 10) == value.path.size() - 4);
        require(value.query.starts_with("?p="));
        require(http::find_parameter(value.query, "p") == http::find_parameter(uri.query, "v"));
    }
    settings.path.reset();
    settings.strip_prefix = "/a";
    check_path(http::rewrite_uri(settings, uri.path, from, other).path);
    return 0;
}
