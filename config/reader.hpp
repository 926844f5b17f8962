#pragma once
// Typed reading of a document tree. Every unexpected value becomes a problem with its location, and
// reading continues with the default, so that one run reports every error.

#include "config/report.hpp"
#include "config/scalars.hpp"
#include "config/suggest.hpp"

#include <cstdint>
#include <functional>
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
    std::optional<std::string> name(const cursor& at, std::string_view what);
    std::optional<std::size_t> choice(const cursor& at, const std::vector<std::string_view>& words);
    /// The elements of a list. `example` is the hint if the value is not a list.
    std::optional<std::vector<cursor>> list(const cursor& at, const std::string& example);
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
    bool is_scalar(const cursor& at, const std::string& expected);
    void mismatch(const cursor& at, const std::string& expected, const std::string& example);

    report& problems_;
    const environment& env_;
    std::set<std::string> secret_texts_, node_texts_;
};

/// A mapping with known keys. Read each key, then call finish(), which reports all other keys.
class block {
public:
    /// A value that is not a mapping is reported with this hint and treated as empty.
    block(reader& in, const cursor& at, const std::string& hint = "");

    reader& in() { return in_; }
    const cursor& at() const { return at_; }

    std::optional<cursor> find(std::string_view key);
    /// Keys of the configuration language that this version does not support yet.
    void not_yet(std::initializer_list<std::string_view> keys);
    /// Reports that the key is missing, unless there is a key that looks like a misspelling of it:
    /// finish() reports that one.
    void missing(std::string_view key, const std::string& hint);
    void finish();

    /// These find and read a key. `into` keeps its default if the key is absent or the value wrong.
    void text(std::string_view key, std::string& into);
    void boolean(std::string_view key, bool& into);
    void duration(std::string_view key, milliseconds& into, milliseconds least = milliseconds(1),
                  milliseconds most = longest_duration);
    void size(std::string_view key, std::uint64_t& into, std::uint64_t least, std::uint64_t most);
    void percent(std::string_view key, unsigned& into);
    template <class Integer>
    void integer(std::string_view key, Integer& into, std::uint64_t least, std::uint64_t most) {
        if (const auto found = find(key))
            if (const auto value = in_.integer(*found, least, most))
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

private:
    reader& in_;
    cursor at_;
    std::vector<std::string_view> known_;
    std::vector<std::string_view> later_;
};

} // namespace thalamus::config
