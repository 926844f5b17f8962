#pragma once
// Escapes untrusted text for log lines. For any input bytes, the result contains no line breaks, no
// control characters and no unescaped quotes.

#include <cstddef>
#include <string>
#include <string_view>

namespace thalamus::observe {

/// The maximum that escape_json() writes: six bytes per byte, and seven scratch bytes at the end.
constexpr std::size_t escaped_json_room(std::size_t text_bytes) { return 6 * text_bytes + 7; }

/// Writes the contents of a JSON string. Control characters (including C1 and DEL), U+2028 and
/// U+2029 become \uXXXX; each ill-formed UTF-8 sequence becomes U+FFFD. Returns the new end.
/// @pre escaped_json_room(text.size()) bytes at `out`.
char* escape_json(char* out, std::string_view text);

/// Writes the contents of a quoted field of an Apache log: \" \\ \n \r \t, and \xhh for all other
/// characters that are not printable ASCII. Returns the new end.
/// @pre 4 * text.size() bytes at `out`.
char* escape_apache(char* out, std::string_view text);

/// The same for an unquoted field of an Apache log: spaces and quotes also become \xhh.
/// Returns the new end. @pre 4 * text.size() bytes at `out`.
char* escape_apache_word(char* out, std::string_view text);

/// Text for the program log. Printable text, including well-formed UTF-8, and backslashes are kept;
/// control characters and ill-formed bytes become \n \r \t \xhh.
std::string printable(std::string_view text);

/// The longest prefix of at most `bytes` bytes that does not end inside a UTF-8 sequence.
std::string_view cut_to(std::string_view text, std::size_t bytes);

} // namespace thalamus::observe
