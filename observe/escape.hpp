#pragma once
// Text that others wrote, made safe for a log line. Whatever the bytes, the result holds no line
// break, no control character and no way out of its quotes.

#include <cstddef>
#include <string>
#include <string_view>

namespace thalamus::observe {

/// What escape_json may write at most: six bytes for each of the text's, and seven beyond its end
/// as scratch.
constexpr std::size_t escaped_json_room(std::size_t text_bytes) { return 6 * text_bytes + 7; }

/// The inside of a JSON string. Control characters (C1 and DEL too), U+2028 and U+2029 become
/// \uXXXX, each ill-formed UTF-8 sequence U+FFFD. Returns the new end.
/// @pre escaped_json_room(text.size()) bytes at `out`.
char* escape_json(char* out, std::string_view text);

/// The inside of a quoted field of an Apache log: \" \\ \n \r \t, and \xhh for what is not
/// printable ASCII. Returns the new end. @pre 4 * text.size() bytes at `out`.
char* escape_apache(char* out, std::string_view text);

/// A field of an Apache log that has no quotes: the same, but a space and a quote are \xhh too.
/// Returns the new end. @pre 4 * text.size() bytes at `out`.
char* escape_apache_word(char* out, std::string_view text);

/// For the program log: readable text stays, well-formed UTF-8 too; control characters and
/// ill-formed bytes become \n \r \t \xhh. A backslash stays as it is.
std::string printable(std::string_view text);

/// The longest start of `text` of at most `bytes` bytes that does not end inside a UTF-8 sequence.
std::string_view cut_to(std::string_view text, std::size_t bytes);

} // namespace thalamus::observe
