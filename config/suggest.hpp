#pragma once
// Helpers for error messages: quoting values and suggesting corrections.

#include <string>
#include <string_view>
#include <vector>

namespace thalamus::config {

/// Escapes control characters as \x0a: text from a file must not look like a line of its own.
std::string on_one_line(std::string_view text);

/// In quotes, on one line, truncated if long.
std::string in_quotes(std::string_view text);
/// "{name}"
std::string in_braces(std::string_view name);

/// The candidate with the smallest edit distance to `word`; empty if none is close. A swap of two
/// adjacent letters is one edit.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

/// `did you mean "path"?` if a candidate is close, else `fallback`.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates,
                         std::string fallback);

/// scheme://user:password@host -> scheme://***@host
std::string without_user(std::string text);

/// "a, b, c"
std::string joined(const std::vector<std::string_view>& words);

} // namespace thalamus::config
