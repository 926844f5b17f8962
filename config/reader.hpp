#pragma once
// Typed reading of a document tree. Everything that is not as expected becomes a problem with its
// place, and reading goes on with the default, so that one run reports every error.

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

/// A value in the tree and its path. Valid as long as the tree.
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
    /// Texts that hold what ${file:...} read, whole as they were written.
    const std::set<std::string>& secret_texts() const { return secret_texts_; }
    /// Texts that hold ${HOSTNAME}, whole as they were read.
    const std::set<std::string>& node_texts() const { return node_texts_; }

    /// A problem at the value, or at its key.
    void fail(const cursor& at, const std::string& message, const std::string& hint = "");
    void fail_key(const cursor& at, const std::string& message, const std::string& hint = "");
    /// The value as an error message may show it: in quotes, secrets masked.
    std::string shown(const cursor& at) const;
    place place_of(const cursor& at) const { return problems_.to_place(at.value->where); }

    /// Each reports what is wrong and returns nullopt. A scalar in quotes is text and nothing else
    /// for boolean() and integer(); the other notations are text by nature.
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
    /// The elements of a list; `example` is the hint for something else.
    std::optional<std::vector<cursor>> list(const cursor& at, const std::string& example);
    /// The members of a mapping whose keys are free.
    std::optional<std::vector<cursor>> members(const cursor& at, const std::string& example);
    /// True for the word `off`, in quotes too: JSON has no other way to write it.
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

/// A mapping whose keys are known. Take each key, then finish(), which reports the others.
class block {
public:
    /// What is no mapping is reported with that hint and reads like an empty one.
    block(reader& in, const cursor& at, const std::string& hint = "");

    reader& in() { return in_; }
    const cursor& at() const { return at_; }

    std::optional<cursor> find(std::string_view key);
    /// Keys of the language that this version does not know how to honour.
    void not_yet(std::initializer_list<std::string_view> keys);
    /// Silent if a key is there that looks like this one misspelt: finish() says so.
    void missing(std::string_view key, const std::string& hint);
    void finish();

    /// find() and read; `into` keeps its default where the key is absent or wrong.
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
