#include "http/percent.hpp"

#include "base/percent_escape.hpp"

namespace thalamus::http {

namespace {

/// Reads the decoded bytes of a query one by one.
class decoding_reader {
public:
    explicit decoding_reader(std::string_view text) : text_(text) {}
    bool done() const { return position_ == text_.size(); }
    char next() {
        char c = text_[position_++];
        if (c == '+') return ' ';
        if (c != '%' || position_ + 2 > text_.size()) return c;
        int high = base::hex_value(text_[position_]), low = base::hex_value(text_[position_ + 1]);
        if (high < 0 || low < 0) return c;
        position_ += 2;
        return static_cast<char>(high * 16 + low);
    }

private:
    std::string_view text_;
    std::size_t position_ = 0;
};

bool equals_decoded(std::string_view encoded, std::string_view plain) {
    decoding_reader reader(encoded);
    for (char c : plain)
        if (reader.done() || reader.next() != c) return false;
    return reader.done();
}

/// The encoded value of the first parameter with this name; null data = none.
std::string_view find_raw(std::string_view query, std::string_view name) {
    if (query.starts_with('?')) query.remove_prefix(1);
    while (!query.empty()) {
        auto end = query.find('&');
        auto pair = query.substr(0, end);
        auto equals = pair.find('=');
        if (!pair.empty() && equals_decoded(pair.substr(0, equals), name))
            return equals == pair.npos ? pair.substr(pair.size()) : pair.substr(equals + 1);
        if (end == query.npos) break;
        query.remove_prefix(end + 1);
    }
    return {};
}

} // namespace

void append_encoded(std::string_view value, std::string& out) {
    for (char c : value) {
        if (base::is_unreserved(c)) out += c;
        else base::append_escape(static_cast<unsigned char>(c), out);
    }
}

void append_decoded(std::string_view value, bool plus_is_space, std::string& out) {
    for (std::size_t i = 0; i < value.size(); ++i) {
        char c = value[i];
        if (c == '%' && i + 2 < value.size() && base::hex_value(value[i + 1]) >= 0 &&
            base::hex_value(value[i + 2]) >= 0) {
            out += static_cast<char>(base::hex_value(value[i + 1]) * 16 +
                                     base::hex_value(value[i + 2]));
            i += 2;
        } else {
            out += plus_is_space && c == '+' ? ' ' : c;
        }
    }
}

std::optional<std::string> find_parameter(std::string_view query, std::string_view name) {
    auto raw = find_raw(query, name);
    if (raw.data() == nullptr) return std::nullopt;
    std::string value;
    append_decoded(raw, true, value);
    return value;
}

bool parameter_equals(std::string_view query, std::string_view name, std::string_view value) {
    auto raw = find_raw(query, name);
    return raw.data() != nullptr && equals_decoded(raw, value);
}

} // namespace thalamus::http
