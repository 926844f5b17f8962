#pragma once
// Words for error messages: quoting what was found, and guessing what was meant.

#include <string>
#include <string_view>
#include <vector>

namespace thalamus::config {

/// Control characters escaped as \x0a: what is printed must not look like a line of its own.
std::string on_one_line(std::string_view text);

/// In quotes, on one line, long text cut.
std::string in_quotes(std::string_view text);
/// "{name}"
std::string in_braces(std::string_view name);

/// The candidate nearest to `word` by edits (a swap of neighbours is one); empty if none is near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

/// `did you mean "path"?` if one is near, else `fallback`.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates,
                         std::string fallback);

/// scheme://user:password@host -> scheme://***@host
std::string without_user(std::string text);

/// "a, b, c"
std::string joined(const std::vector<std::string_view>& words);

} // namespace thalamus::config
