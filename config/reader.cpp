#include "config/reader.hpp"

#include <algorithm>

namespace thalamus::config {

namespace {

const char* kind_of(const node& value) {
    switch (value.type) {
    case node::kind::sequence: return "a list";
    case node::kind::mapping: return "keys and values";
    case node::kind::null: return "nothing";
    default: return "one value";
    }
}

std::string range_hint(const std::string& least, const std::string& most) {
    return "from " + least + " to " + most;
}

} // namespace

void reader::fail(const cursor& at, const std::string& message, const std::string& hint) {
    problems_.add(at.value->where, at.path, message, hint);
}

void reader::fail_key(const cursor& at, const std::string& message, const std::string& hint) {
    problems_.add(at.key ? at.key->where : at.value->where, at.path, message, hint);
}

std::string reader::shown(const cursor& at) const {
    return at.value->secret ? "\"***\"" : in_quotes(without_user(at.value->text));
}

void reader::mismatch(const cursor& at, const std::string& expected, const std::string& example) {
    if (at.value->type == node::kind::failed) return;
    if (at.value->type == node::kind::null) fail(at, "no value", "give one, or leave the key out");
    else fail(at, "expected " + expected + ", not " + kind_of(*at.value), example);
}

bool reader::is_scalar(const cursor& at, const std::string& expected) {
    if (at.value->type != node::kind::scalar) {
        mismatch(at, expected, "write one value");
        return false;
    }
    if (at.value->secret) secret_texts_.insert(at.value->text);
    if (at.value->of_node) node_texts_.insert(at.value->text);
    return true;
}

bool reader::is_off(const cursor& at) const {
    return at.value->type == node::kind::scalar && at.value->text == "off";
}

std::optional<std::string> reader::text(const cursor& at, bool may_be_empty) {
    if (!is_scalar(at, "text")) return std::nullopt;
    if (at.value->text.empty() && !may_be_empty) {
        fail(at, "no value", "give one, or leave the key out");
        return std::nullopt;
    }
    return at.value->text;
}

std::optional<bool> reader::boolean(const cursor& at) {
    if (!is_scalar(at, "true or false")) return std::nullopt;
    const auto value = to_core_value(at.value->text);
    const auto* truth = std::get_if<bool>(&value);
    if (truth && at.value->plain) return *truth;
    fail(at, shown(at) + " is not true or false",
         truth ? "write " + to_lower(at.value->text) + " without quotes" : "write true or false");
    return std::nullopt;
}

std::optional<std::uint64_t> reader::integer(const cursor& at, std::uint64_t least,
                                             std::uint64_t most, const std::string& or_else) {
    if (!is_scalar(at, "a whole number")) return std::nullopt;
    const auto value = to_core_value(at.value->text);
    const auto* number = std::get_if<std::int64_t>(&value);
    const auto range = or_else + range_hint(std::to_string(least), std::to_string(most));
    if (number && !at.value->plain) {
        fail(at, shown(at) + " is text, not a number", "write it without quotes");
    } else if (!number && !std::holds_alternative<std::uint64_t>(value)) {
        fail(at, shown(at) + " is not a whole number", range);
    } else if (!number || *number < 0 || static_cast<std::uint64_t>(*number) < least ||
               static_cast<std::uint64_t>(*number) > most) {
        fail(at, shown(at) + " is out of range", range);
    } else {
        return static_cast<std::uint64_t>(*number);
    }
    return std::nullopt;
}

std::optional<milliseconds> reader::duration(const cursor& at, milliseconds least,
                                             milliseconds most) {
    if (!is_scalar(at, "a duration")) return std::nullopt;
    const auto value = to_duration(at.value->text);
    if (!value) fail(at, shown(at) + " is not a duration", "as in 250ms, 2s, 5m or 1h");
    else if (*value < least || *value > most)
        fail(at, shown(at) + " is out of range", range_hint(to_text(least), to_text(most)));
    else return value;
    return std::nullopt;
}

std::optional<std::uint64_t> reader::size(const cursor& at, std::uint64_t least,
                                          std::uint64_t most) {
    if (!is_scalar(at, "a size")) return std::nullopt;
    const auto value = to_size(at.value->text);
    if (!value)
        fail(at, shown(at) + " is not a size", "as in 16KiB, 1MiB, 2GiB or a number of bytes");
    else if (*value < least || *value > most)
        fail(at, shown(at) + " is out of range",
             range_hint(size_to_text(least), size_to_text(most)));
    else return value;
    return std::nullopt;
}

std::optional<unsigned> reader::percent(const cursor& at) {
    if (!is_scalar(at, "a percentage")) return std::nullopt;
    const auto value = to_percent(at.value->text);
    if (!value) fail(at, shown(at) + " is not a percentage", "from 0% to 100%, as in 20%");
    return value;
}

std::optional<std::string> reader::name(const cursor& at, std::string_view kind) {
    auto value = text(at);
    if (value && !is_name(*value)) {
        fail(at, shown(at) + " is not a valid name for " + std::string(kind), name_hint);
        return std::nullopt;
    }
    return value;
}

void reader::check_key(const cursor& at, std::string_view kind) {
    if (!is_name(at.key->text))
        fail_key(at, in_quotes(at.key->text) + " is not a valid name for " + std::string(kind),
                 name_hint);
}

std::optional<std::size_t> reader::choice(const cursor& at,
                                          const std::vector<std::string_view>& words) {
    if (!is_scalar(at, "one of " + joined(words))) return std::nullopt;
    const auto found = std::find(words.begin(), words.end(), at.value->text);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    const auto known = "known: " + joined(words);
    const auto guess = did_you_mean(at.value->text, words, "");
    fail(at, shown(at) + " is not a known value", guess.empty() ? known : guess + " " + known);
    return std::nullopt;
}

std::optional<std::vector<cursor>> reader::list(const cursor& at, const std::string& example) {
    if (at.value->type != node::kind::sequence) {
        mismatch(at, "a list", example);
        return std::nullopt;
    }
    std::vector<cursor> elements;
    elements.reserve(at.value->entries.size());
    for (const auto& entry : at.value->entries)
        elements.push_back({entry.value.get(), nullptr, path_of(at.path, entry.index)});
    return elements;
}

std::optional<std::vector<cursor>> reader::list_with_elements(const cursor& at,
                                                              const std::string& example,
                                                              const std::string& message) {
    auto elements = list(at, example);
    if (elements && elements->empty()) fail(at, message, example);
    return elements;
}

std::optional<std::vector<cursor>> reader::list_or_one(const cursor& at,
                                                       const std::string& example) {
    if (at.value->type == node::kind::scalar) return std::vector<cursor>{at};
    return list(at, example);
}

std::optional<std::vector<cursor>> reader::members(const cursor& at, const std::string& example) {
    if (at.value->type != node::kind::mapping) {
        mismatch(at, "keys and values", example);
        return std::nullopt;
    }
    std::vector<cursor> found;
    found.reserve(at.value->entries.size());
    for (const auto& entry : at.value->entries)
        if (entry.key->type == node::kind::scalar)
            found.push_back(
                {entry.value.get(), entry.key.get(), path_of(at.path, entry.key->text)});
    return found;
}

block::block(reader& in, const cursor& at, const std::string& hint) : in_(in), at_(at) {
    in_.members(at_, hint.empty() ? "as in {key: value}" : hint);
}

std::optional<cursor> block::find(std::string_view key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
    if (at_.value->type != node::kind::mapping) return std::nullopt;
    for (const auto& entry : at_.value->entries)
        if (entry.key->text == key && entry.key->type == node::kind::scalar)
            return cursor{entry.value.get(), entry.key.get(), path_of(at_.path, key)};
    return std::nullopt;
}

void block::not_yet(std::initializer_list<std::string_view> keys) {
    for (const auto key : keys) {
        later_.push_back(key);
        if (const auto found = find(key))
            in_.fail_key(*found, "not supported yet", "leave it out in this version");
    }
}

void block::missing(std::string_view key, const std::string& hint) {
    if (at_.value->type != node::kind::mapping) return;
    for (const auto& entry : at_.value->entries)
        if (!nearest(entry.key->text, {key}).empty()) return;
    in_.problems().add(at_.value->where, path_of(at_.path, key), "missing", hint);
}

void block::finish() {
    if (at_.value->type != node::kind::mapping) return;
    std::vector<std::string_view> usable;
    for (const auto key : known_)
        if (std::find(later_.begin(), later_.end(), key) == later_.end()) usable.push_back(key);
    for (const auto& entry : at_.value->entries) {
        const auto& key = entry.key->text;
        if (entry.key->type != node::kind::scalar ||
            std::find(known_.begin(), known_.end(), key) != known_.end())
            continue;
        const cursor found{entry.value.get(), entry.key.get(), path_of(at_.path, key)};
        const auto fallback = key == "<<" ? "merge keys are YAML 1.1; write the keys out"
                                          : "known keys: " + joined(usable);
        in_.fail_key(found, "unknown key", did_you_mean(key, known_, fallback));
    }
}

std::optional<cursor> block::find_or_report(std::string_view key, const char* hint_if_missing) {
    auto found = find(key);
    if (!found && hint_if_missing) missing(key, hint_if_missing);
    return found;
}

bool block::has_word(std::string_view key, std::string_view word) {
    const auto found = find(key);
    return found && found->value->type == node::kind::scalar && found->value->text == word;
}

void block::text(std::string_view key, std::string& into, const char* hint_if_missing) {
    if (const auto found = find_or_report(key, hint_if_missing))
        if (auto value = in_.text(*found)) into = std::move(*value);
}

void block::secret(std::string_view key, std::string& into, const char* hint_if_missing) {
    if (const auto found = find_or_report(key, hint_if_missing))
        if (auto value = in_.text(*found, !hint_if_missing)) into = std::move(*value);
}

void block::name(std::string_view key, std::string& into, const char* kind,
                 const char* hint_if_missing) {
    if (const auto found = find_or_report(key, hint_if_missing))
        if (auto value = in_.name(*found, kind)) into = std::move(*value);
}

void block::boolean(std::string_view key, bool& into) {
    if (const auto found = find(key))
        if (const auto value = in_.boolean(*found)) into = *value;
}

void block::duration(std::string_view key, milliseconds& into, milliseconds least,
                     milliseconds most) {
    if (const auto found = find(key))
        if (const auto value = in_.duration(*found, least, most)) into = *value;
}

void block::size(std::string_view key, std::uint64_t& into, std::uint64_t least,
                 std::uint64_t most) {
    if (const auto found = find(key))
        if (const auto value = in_.size(*found, least, most)) into = *value;
}

void block::percent(std::string_view key, unsigned& into) {
    if (const auto found = find(key))
        if (const auto value = in_.percent(*found)) into = *value;
}

} // namespace thalamus::config
