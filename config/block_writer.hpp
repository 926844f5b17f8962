#pragma once
// Writes the settings as JSON with the structure of the file: the effective configuration, and the
// text that the version is a hash of. Private to config/.

#include "config/reader.hpp"

#include <nlohmann/json_fwd.hpp>

namespace thalamus::config {

/// One object of the JSON. It has the same members as `block` for descriptions to call, and ignores
/// bounds and hints. It refers to the object: fill one block before adding to the block around it.
class block_writer {
public:
    using json = nlohmann::ordered_json;
    static constexpr bool reads = false;

    /// Makes `object` an empty object. `whole` includes secrets and file contents, for the hash.
    block_writer(json& object, bool whole);
    bool whole() const { return whole_; }

    void text(std::string_view key, std::string_view from, const char* = nullptr);
    /// Shown as "***" unless it is empty.
    void secret(std::string_view key, std::string_view from, const char* = nullptr);
    void name(std::string_view key, std::string_view from, const char*, const char* = nullptr) {
        text(key, from);
    }
    void boolean(std::string_view key, bool from);
    void duration(std::string_view key, milliseconds from, milliseconds = {}, milliseconds = {});
    void size(std::string_view key, std::uint64_t from, std::uint64_t = 0, std::uint64_t = 0);
    void percent(std::string_view key, unsigned from);
    void integer(std::string_view key, std::uint64_t from, std::uint64_t = 0, std::uint64_t = 0,
                 const char* = nullptr);
    template <class Enum>
    void choice(std::string_view key, Enum from,
                std::initializer_list<std::pair<std::string_view, Enum>> words) {
        for (const auto& [word, value] : words)
            if (value == from) text(key, word);
    }
    template <class T>
    void value(std::string_view key, const T& from, const notation<T>& as, const char* = nullptr) {
        text(key, as.show(from));
    }
    template <class T>
    void list(std::string_view key, const std::vector<T>& from, const list_notation<T>& as,
              const char* = nullptr) {
        auto& texts = add_list(key);
        for (const auto& element : from) add_text(texts, as.show(element));
    }
    template <class T>
    void list_if_any(std::string_view key, const std::vector<T>& from, const list_notation<T>& as) {
        if (!from.empty()) list(key, from, as);
    }
    template <class T>
    void custom(std::string_view key, const T& from, reading<T>, writing<T> write,
                const char* = nullptr) {
        write(*this, key, from);
    }
    template <class T>
    void part(const T& from, part_reading<T>, part_writing<T> write) {
        write(*this, from);
    }
    template <class T>
    requires(!std::invocable<const T&, block_writer&>) void nested(std::string_view key,
                                                                   const T& from,
                                                                   const char* = nullptr) {
        object(key).members(from);
    }
    template <class T>
    void nested(std::string_view key, const std::optional<T>& from, const char* = nullptr) {
        if (from) nested(key, *from);
    }
    template <std::invocable<block_writer&> Describe>
    void nested(std::string_view key, Describe describe_inner, const char* = nullptr) {
        auto inner = object(key);
        describe_inner(inner);
    }
    template <class T>
    void optional(std::string_view key, const std::optional<T>& from, const char* = nullptr) {
        if (from) nested(key, *from);
        else text(key, "off");
    }
    bool has_word(std::string_view, std::string_view) const { return false; }
    void not_yet(std::initializer_list<std::string_view>) {}

    // What follows is for code that is no description.

    /// Writes the members of these settings by their description. Descriptions take settings that
    /// may change, because a reader fills them; a writer does not change them.
    template <class T>
    void members(const T& from) {
        describe(*this, const_cast<T&>(from));
    }
    void texts(std::string_view key, const std::vector<std::string>& from);
    /// Adds the text to the list `key`, which begins with the first text.
    void append(std::string_view key, std::string_view text);
    /// An object under a new key.
    block_writer object(std::string_view key);
    /// A list of objects: `write` gets the writer of each and the element.
    template <class List, class Write>
    void objects(std::string_view key, const List& from, Write write) {
        auto& list = add_list(key);
        for (const auto& element : from) {
            auto object = add_object(list);
            write(object, element);
        }
    }

private:
    json& add_list(std::string_view key);
    static void add_text(json& list, std::string_view text);
    block_writer add_object(json& list) const;

    json& object_;
    bool whole_;
};

} // namespace thalamus::config
