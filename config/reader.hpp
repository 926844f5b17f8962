#pragma once
// Typed reading of a document tree. Every unexpected value becomes a problem with its location, and
// reading continues with the default, so that one run reports every error.

#include "config/report.hpp"
#include "config/scalars.hpp"
#include "config/suggest.hpp"

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thalamus::config {

/// A value in the tree and its path. Must not outlive the tree.
struct cursor {
    const node* value = nullptr;
    const node* key = nullptr; ///< null for elements of lists and for the root
    std::string path;
};

/// The remedy for a text that is not is_name().
inline constexpr auto name_hint = "1 to 64 letters, digits, \"_\", \".\" and \"-\"";

constexpr milliseconds longest_duration{720 * 3600 * 1000ll}; // 30 days

class reader {
public:
    reader(report& problems, const environment& env) : problems_(problems), env_(env) {}

    const environment& env() const { return env_; }
    report& problems() { return problems_; }
    /// The values that contain ${file:...}, after substitution.
    const std::set<std::string>& secret_texts() const { return secret_texts_; }
    /// The values that contain ${HOSTNAME}, after substitution.
    const std::set<std::string>& node_texts() const { return node_texts_; }

    /// Reports a problem at the value, or at its key.
    void fail(const cursor& at, const std::string& message, const std::string& hint = "");
    void fail_key(const cursor& at, const std::string& message, const std::string& hint = "");
    /// The value as error messages show it: in quotes, with secrets masked.
    std::string shown(const cursor& at) const;
    place place_of(const cursor& at) const { return problems_.to_place(at.value->where); }
    /// Takes name and place of the settings from the key, as in `services: {NAME: {...}}`.
    template <class Settings>
    void name_by_key(const cursor& at, Settings& into, std::string_view kind) {
        into.name = at.key->text;
        into.where = problems_.to_place(at.key->where);
        check_key(at, kind);
    }

    /// Each reports an error and returns nullopt if the value is wrong. boolean() and integer()
    /// reject a scalar in quotes, because it is text; the other notations are text anyway.
    std::optional<std::string> text(const cursor& at, bool may_be_empty = false);
    std::optional<bool> boolean(const cursor& at);
    std::optional<std::uint64_t> integer(const cursor& at, std::uint64_t least, std::uint64_t most,
                                         const std::string& or_else = "");
    std::optional<milliseconds> duration(const cursor& at, milliseconds least = milliseconds(1),
                                         milliseconds most = longest_duration);
    std::optional<std::uint64_t> size(const cursor& at, std::uint64_t least, std::uint64_t most);
    std::optional<unsigned> percent(const cursor& at);
    /// A name for a thing of this kind, such as "a route".
    std::optional<std::string> name(const cursor& at, std::string_view kind);
    std::optional<std::size_t> choice(const cursor& at, const std::vector<std::string_view>& words);
    /// The elements of a list. `example` is the hint if the value is not a list.
    std::optional<std::vector<cursor>> list(const cursor& at, const std::string& example);
    /// The same, but an empty list is reported, with this message and the example as hint.
    std::optional<std::vector<cursor>>
    list_with_elements(const cursor& at, const std::string& example, const std::string& message);
    /// The same, but a single value needs no list.
    std::optional<std::vector<cursor>> list_or_one(const cursor& at, const std::string& example);
    /// The members of a mapping with arbitrary keys.
    std::optional<std::vector<cursor>> members(const cursor& at, const std::string& example);
    /// True for the word `off`, with or without quotes: JSON can only write it in quotes.
    bool is_off(const cursor& at) const;

    /// Unwraps a parser's result; a syntax_error becomes a problem that shows the value.
    template <class T>
    std::optional<T> parsed(const cursor& at, std::variant<T, syntax_error> result) {
        if (const auto* error = std::get_if<syntax_error>(&result)) {
            fail(at, shown(at) + ": " + error->message, error->hint);
            return std::nullopt;
        }
        return std::get<T>(std::move(result));
    }

private:
    void check_key(const cursor& at, std::string_view kind);
    bool is_scalar(const cursor& at, const std::string& expected);
    void mismatch(const cursor& at, const std::string& expected, const std::string& example);

    report& problems_;
    const environment& env_;
    std::set<std::string> secret_texts_, node_texts_;
};

/// How one value is written in a file: the function that reads it, and the one that shows it.
template <class T>
struct notation {
    std::optional<T> (*read)(reader& in, const cursor& at);
    std::string (*show)(const T& value);
};

/// The same for a list: `read` gets the whole list, `show` one element.
template <class T>
struct list_notation {
    std::optional<std::vector<T>> (*read)(reader& in, const cursor& at);
    std::string (*show)(const T& element);
};

class block;
class block_writer;

/// How an irregular value is read into the settings and written from them.
template <class T>
using reading = void (*)(reader& in, const cursor& at, T& into);
template <class T>
using writing = void (*)(block_writer& out, std::string_view key, const T& from);
/// The same for keys that depend on each other.
template <class T>
using part_reading = void (*)(block& in, T& into);
template <class T>
using part_writing = void (*)(block_writer& out, const T& from);

/// A mapping with known keys. Read each key, then call finish(), which reports all other keys.
///
/// The keys of a settings block are listed once, in a function `describe(block, settings)` that
/// takes any class with the members of the section "descriptions" below: this one reads, and
/// block_writer writes.
class block {
public:
    static constexpr bool reads = true;

    /// A value that is not a mapping is reported with this hint and treated as empty.
    block(reader& in, const cursor& at, const std::string& hint = "");

    reader& in() { return in_; }
    const cursor& at() const { return at_; }

    std::optional<cursor> find(std::string_view key);
    /// Reports that the key is missing, unless there is a key that looks like a misspelling of it:
    /// finish() reports that one.
    void missing(std::string_view key, const std::string& hint);
    void finish();

    // Descriptions. These find and read a key. `into` keeps its default if the key is absent or its
    // value wrong. A key with `hint_if_missing` is required.

    void text(std::string_view key, std::string& into, const char* hint_if_missing = nullptr);
    /// A text that is never shown. It may be empty unless it is required.
    void secret(std::string_view key, std::string& into, const char* hint_if_missing = nullptr);
    /// A name for a thing of this kind, such as "a route".
    void name(std::string_view key, std::string& into, const char* kind,
              const char* hint_if_missing = nullptr);
    void boolean(std::string_view key, bool& into);
    void duration(std::string_view key, milliseconds& into, milliseconds least = milliseconds(1),
                  milliseconds most = longest_duration);
    void size(std::string_view key, std::uint64_t& into, std::uint64_t least, std::uint64_t most);
    void percent(std::string_view key, unsigned& into);
    template <class Integer>
    void integer(std::string_view key, Integer& into, std::uint64_t least, std::uint64_t most,
                 const char* or_else = "") {
        if (const auto found = find(key))
            if (const auto value = in_.integer(*found, least, most, or_else))
                into = static_cast<Integer>(*value);
    }
    template <class Enum>
    void choice(std::string_view key, Enum& into,
                std::initializer_list<std::pair<std::string_view, Enum>> words) {
        std::vector<std::string_view> names;
        for (const auto& word : words) names.push_back(word.first);
        if (const auto found = find(key))
            if (const auto value = in_.choice(*found, names))
                into = (words.begin() + *value)->second;
    }
    template <class T>
    void value(std::string_view key, T& into, const notation<T>& as,
               const char* hint_if_missing = nullptr) {
        if (const auto found = find_or_report(key, hint_if_missing))
            if (auto value = as.read(in_, *found)) into = std::move(*value);
    }
    template <class T>
    void list(std::string_view key, std::vector<T>& into, const list_notation<T>& as,
              const char* hint_if_missing = nullptr) {
        if (const auto found = find_or_report(key, hint_if_missing))
            if (auto elements = as.read(in_, *found)) into = std::move(*elements);
    }
    /// A list that is only shown if it has elements.
    template <class T>
    void list_if_any(std::string_view key, std::vector<T>& into, const list_notation<T>& as) {
        list(key, into, as);
    }
    template <class T>
    void custom(std::string_view key, T& into, reading<T> read, writing<T>,
                const char* hint_if_missing = nullptr) {
        if (const auto found = find_or_report(key, hint_if_missing)) read(in_, *found, into);
    }
    /// Keys that depend on each other.
    template <class T>
    void part(T& into, part_reading<T> read, part_writing<T>) {
        read(*this, into);
    }
    /// A block inside this one. `hint` is for a value that is not a mapping.
    template <class T>
    void nested(std::string_view key, T& into, const char* hint = "") {
        nested(
            key, [&](block& inner) { describe(inner, into); }, hint);
    }
    /// A block that is absent unless its key is present.
    template <class T>
    void nested(std::string_view key, std::optional<T>& into, const char* hint = "") {
        nested(
            key, [&](block& inner) { describe(inner, into.emplace()); }, hint);
    }
    template <std::invocable<block&> Describe>
    void nested(std::string_view key, Describe describe_inner, const char* hint = "") {
        const auto found = find(key);
        if (!found) return;
        block inner(in_, *found, hint);
        describe_inner(inner);
        inner.finish();
    }
    /// A block that is absent after the word `off`.
    template <class T>
    void optional(std::string_view key, std::optional<T>& into, const char* hint = "") {
        if (has_word(key, "off")) into.reset();
        else nested(key, into, hint);
    }
    /// True if the value is this word. False for a writer.
    bool has_word(std::string_view key, std::string_view word);
    /// Keys of the configuration language that this version does not support yet.
    void not_yet(std::initializer_list<std::string_view> keys);

private:
    std::optional<cursor> find_or_report(std::string_view key, const char* hint_if_missing);

    reader& in_;
    cursor at_;
    std::vector<std::string_view> known_;
    std::vector<std::string_view> later_;
};

} // namespace thalamus::config
