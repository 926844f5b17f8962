#include "cluster/wire.hpp"

#include <algorithm>

namespace thalamus::cluster {

namespace {
enum wire_type : unsigned { varint_type = 0, fixed64_type = 1, bytes_type = 2, fixed32_type = 5 };
}

void wire_writer::varint(std::uint64_t value) {
    for (; value > 0x7f; value >>= 7) bytes_.push_back(static_cast<char>(value | 0x80));
    bytes_.push_back(static_cast<char>(value));
}

void wire_writer::number(std::uint32_t field, std::uint64_t value) {
    if (value == 0) return;
    varint(std::uint64_t{field} << 3 | varint_type);
    varint(value);
}

void wire_writer::text(std::uint32_t field, std::string_view value) {
    if (!value.empty()) item(field, value);
}

void wire_writer::item(std::uint32_t field, std::string_view value) {
    varint(std::uint64_t{field} << 3 | bytes_type);
    varint(value.size());
    bytes_.append(value);
}

bool wire_reader::fail() {
    failed_ = true;
    return false;
}

bool wire_reader::varint(std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (rest_.empty()) return fail();
        const auto byte = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        value |= std::uint64_t{byte & 0x7fu} << shift;
        if (byte < 0x80) return true;
    }
    return fail();
}

bool wire_reader::next() {
    for (;;) {
        if (failed_ || rest_.empty()) return false;
        std::uint64_t tag = 0;
        if (!varint(tag)) return false;
        if (tag >> 3 == 0 || tag >> 3 > UINT32_MAX) return fail();
        field_ = static_cast<std::uint32_t>(tag >> 3);
        std::uint64_t length = 0;
        switch (tag & 7) {
        case varint_type: is_text_ = false; return varint(number_);
        case bytes_type:
            if (!varint(length)) return false;
            if (length > rest_.size()) return fail();
            text_ = rest_.substr(0, length);
            rest_.remove_prefix(length);
            is_text_ = true;
            return true;
        case fixed64_type:
        case fixed32_type: // a later version may use them
            length = (tag & 7) == fixed64_type ? 8 : 4;
            if (length > rest_.size()) return fail();
            rest_.remove_prefix(length);
            break;
        default: return fail();
        }
    }
}

std::uint64_t wire_reader::number() {
    if (is_text_) fail();
    return is_text_ ? 0 : number_;
}

std::string_view wire_reader::text() {
    if (!is_text_) fail();
    return is_text_ ? text_ : std::string_view{};
}

using std::chrono::milliseconds;
using std::chrono::system_clock;

std::uint64_t to_number(system_clock::time_point when) {
    return static_cast<std::uint64_t>(
        std::chrono::ceil<milliseconds>(when.time_since_epoch()).count());
}

bool from_number(std::uint64_t number, system_clock::time_point& when) {
    when = system_clock::time_point(milliseconds(std::min(number, latest_moment)));
    return true;
}

} // namespace thalamus::cluster
