#include "base/json_object.hpp"

#include <vector>

namespace thalamus::base {

namespace {

using nlohmann::json;

/// Builds the value from parser events; returning false stops the parser.
class builder final : public nlohmann::json_sax<json> {
public:
    builder(json& root, int deepest) : root_(root), deepest_(deepest) {}

    bool null() override { return add(nullptr); }
    bool boolean(bool v) override { return add(v); }
    bool number_integer(number_integer_t v) override { return add(v); }
    bool number_unsigned(number_unsigned_t v) override { return add(v); }
    bool number_float(number_float_t v, const string_t&) override { return add(v); }
    bool string(string_t& v) override { return add(std::move(v)); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(json::object()); }
    bool start_array(std::size_t) override { return open(json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        auto& object = open_.back()->get_ref<json::object_t&>();
        const auto [at, fresh] = object.emplace(std::move(name), nullptr);
        member_ = &at->second;
        return fresh;
    }
    bool parse_error(std::size_t, const std::string&, const json::exception&) override {
        return false;
    }

private:
    json* place(json&& value) {
        if (open_.empty()) return &(root_ = std::move(value));
        if (open_.back()->is_array()) {
            open_.back()->push_back(std::move(value));
            return &open_.back()->back();
        }
        return &(*member_ = std::move(value));
    }
    template <class T>
    bool add(T&& value) {
        place(json(std::forward<T>(value)));
        return true;
    }
    bool open(json&& value) {
        if (open_.size() == static_cast<std::size_t>(deepest_)) return false;
        open_.push_back(place(std::move(value)));
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    json& root_;
    const int deepest_;
    std::vector<json*> open_;
    json* member_ = nullptr; // the value that belongs to the last name
};

} // namespace

std::optional<json> parse_object(std::string_view text, int deepest) {
    // nlohmann stops at a NUL and skips a byte order mark; other parsers do not.
    if (text.find('\0') != text.npos || text.starts_with("\xef\xbb\xbf")) return std::nullopt;
    json value;
    builder sax(value, deepest);
    if (!json::sax_parse(text, &sax) || !value.is_object()) return std::nullopt;
    return value;
}

} // namespace thalamus::base
