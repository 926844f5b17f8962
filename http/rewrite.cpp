#include "http/rewrite.hpp"

#include "http/canonical_path.hpp"

namespace thalamus::http {

namespace {

/// "/api/users" without "/api" is "/users", "/api" is "/"; "/apis" has no such prefix.
std::string_view strip(std::string_view path, std::string_view prefix) {
    if (prefix.ends_with('/')) prefix.remove_suffix(1);
    if (prefix.empty() || !path.starts_with(prefix)) return path;
    const auto rest = path.substr(prefix.size());
    if (rest.empty()) return "/";
    return rest.front() == '/' ? rest : path;
}

} // namespace

rewritten_uri rewrite_uri(const config::rewrite_settings& settings, std::string_view path,
                          const template_context& from, std::string& buffer) {
    rewritten_uri result{{}, path, from.query};
    if (!settings.path) {
        // A canonical path is canonical from any of its slashes on.
        if (!settings.strip_prefix.empty()) result.path = strip(path, settings.strip_prefix);
        return result;
    }
    // strip_prefix has nothing to say beside a whole path.
    buffer.clear();
    if (!expand_for_path(*settings.path, from, buffer)) {
        result.why = {400, "a value for the target's path is missing or cannot stand in a path"};
        return result;
    }
    std::string changed;
    const auto uri = canonicalize(buffer, changed);
    if (uri.why || uri.type != request_uri::form::origin || !uri.query.empty()) {
        result.why = uri.why ? uri.why : refusal{400, "the rewritten path is none"};
        return result;
    }
    // Loading has refused a template with a query, and no value brings one.
    const auto size = uri.path.size();
    if (uri.path.data() == changed.data()) buffer.swap(changed);
    result.path = std::string_view(buffer).substr(0, size);
    return result;
}

} // namespace thalamus::http
