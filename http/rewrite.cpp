#include "http/rewrite.hpp"

#include "http/canonical_path.hpp"

namespace thalamus::http {

namespace {

/// Stripping "/api" turns "/api/users" into "/users" and "/api" into "/"; "/apis" stays.
std::string_view strip(std::string_view path, std::string_view prefix) {
    if (prefix.ends_with('/')) prefix.remove_suffix(1);
    if (prefix.empty() || !path.starts_with(prefix)) return path;
    const auto rest = path.substr(prefix.size());
    if (rest.empty()) return "/";
    return rest.front() == '/' ? rest : path;
}

} // namespace

rewritten_uri rewrite_uri(const config::rewrite_settings& settings, std::string_view path,
                          const template_context& context, std::string& buffer) {
    rewritten_uri result{{}, path, context.query};
    if (!settings.path) {
        // The rest of a canonical path from any slash on is canonical, too.
        if (!settings.strip_prefix.empty()) result.path = strip(path, settings.strip_prefix);
        return result;
    }
    // rewrite.path replaces the whole path; strip_prefix has no effect then.
    buffer.clear();
    if (!expand_for_path(*settings.path, context, buffer)) {
        result.refusal = {400, "a value for rewrite.path is missing or not valid in a path"};
        return result;
    }
    std::string changed;
    const auto uri = canonicalize(buffer, changed);
    if (uri.refusal || uri.type != request_uri::form::origin || !uri.query.empty()) {
        result.refusal =
            uri.refusal ? uri.refusal : refusal{400, "the rewritten path is not valid"};
        return result;
    }
    // Loading has rejected templates with a query, and values cannot add one.
    const auto size = uri.path.size();
    if (uri.path.data() == changed.data()) buffer.swap(changed);
    result.path = std::string_view(buffer).substr(0, size);
    return result;
}

} // namespace thalamus::http
