#pragma once
// Describes a message as one table of its fields. The table serves both writing and reading:
//
//     constexpr wire_fields point_fields{wire_field{1, &point::name},
//                                        wire_field{2, &point::height}};
//     point_fields.write(some_point);         // in the order of the table; 0 and "" are left out
//     point_fields.read(bytes, some_point);   // false: malformed, or a value is out of range
//
// read() leaves absent fields unchanged in the object and skips unknown fields. The caller checks
// conditions on the whole message. A codec converts between a value and a field. It has write() and
// read(); if its read() returns false, the message is malformed. Pure, for any thread. Nothing
// throws, except if memory runs out.

#include "cluster/wire.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace thalamus::cluster {

/// For numbers, flags, enums and durations (in the unit of their type). The overload for times is
/// in cluster/wire.hpp. Negative values become 0.
template <class V>
std::uint64_t to_number(const V& value) {
    if constexpr (requires { value.count(); }) return to_number(value.count());
    else if constexpr (std::is_signed_v<V>) return static_cast<std::uint64_t>(std::max(value, V{}));
    else return static_cast<std::uint64_t>(value);
}

/// The inverse of to_number(). Returns false if a V cannot hold the number. Does not check whether
/// an enum has a name for it.
template <class V>
bool from_number(std::uint64_t number, V& value) {
    if constexpr (requires { value.count(); }) {
        typename V::rep count{};
        const bool fits = from_number(number, count);
        value = V(count);
        return fits;
    } else if constexpr (std::is_same_v<V, bool>) {
        value = number != 0;
        return true;
    } else if constexpr (std::is_enum_v<V>) {
        std::underlying_type_t<V> underlying{};
        const bool fits = from_number(number, underlying);
        value = static_cast<V>(underlying);
        return fits;
    } else {
        value = static_cast<V>(number);
        return std::in_range<V>(number);
    }
}

/// The default codec of a field. It accepts any number that fits, and any bytes.
struct plain_value {
    static void write(wire_writer& out, std::uint32_t number, const auto& value) {
        out.number(number, to_number(value));
    }
    static void write(wire_writer& out, std::uint32_t number, const std::string& value) {
        out.text(number, value);
    }
    static void write(wire_writer& out, std::uint32_t number,
                      const std::optional<std::string>& value) {
        if (value) out.item(number, *value);
    }
    static void write(wire_writer& out, std::uint32_t number,
                      const std::vector<std::string>& values) {
        for (const auto& value : values) out.item(number, value);
    }
    static bool read(wire_reader& in, auto& value) { return from_number(in.number(), value); }
    static bool read(wire_reader& in, std::string& value) {
        value = in.text();
        return true;
    }
    static bool read(wire_reader& in, std::optional<std::string>& value) {
        value.emplace(in.text());
        return true;
    }
    static bool read(wire_reader& in, std::vector<std::string>& values) {
        values.emplace_back(in.text());
        return true;
    }
};

/// A number. Numbers above `most` are read as `most`.
struct capped_number : plain_value {
    std::uint64_t most;
    constexpr explicit capped_number(std::uint64_t limit) : most(limit) {}
    bool read(wire_reader& in, auto& value) const {
        return from_number(std::min(in.number(), most), value);
    }
};

/// A message inside another message, described by its own table.
template <class Fields>
struct nested_message {
    Fields fields;
    constexpr explicit nested_message(Fields table) : fields(table) {}
    void write(wire_writer& out, std::uint32_t number, const auto& value) const {
        out.item(number, fields.write(value));
    }
    bool read(wire_reader& in, auto& value) const { return fields.read(in.text(), value); }
};

/// A vector of nested messages, at most `most`.
template <class Fields>
struct nested_messages {
    Fields fields;
    std::size_t most;
    constexpr nested_messages(Fields table, std::size_t limit) : fields(table), most(limit) {}
    void write(wire_writer& out, std::uint32_t number, const auto& values) const {
        for (const auto& value : values) out.item(number, fields.write(value));
    }
    bool read(wire_reader& in, auto& values) const {
        return values.size() < most && fields.read(in.text(), values.emplace_back());
    }
};

/// `Member`: a pointer to a member, or a function from the object to a reference.
template <class Member, class Codec = plain_value>
struct wire_field {
    std::uint32_t number;
    Member member;
    Codec codec;
    constexpr wire_field(std::uint32_t field, Member m, Codec c = {})
        : number(field),
          member(m),
          codec(c) {}
};

template <class... Fields>
class wire_fields {
public:
    /// Does not compile if a number is 0 or occurs twice.
    constexpr explicit wire_fields(Fields... fields) : fields_(fields...) {
        const std::uint32_t numbers[]{fields.number...};
        for (const auto number : numbers)
            if (number == 0 || std::count(std::begin(numbers), std::end(numbers), number) > 1)
                throw std::logic_error("field numbers must be unique");
    }

    std::string write(const auto& object) const {
        wire_writer out;
        const auto write_one = [&](const auto& field) {
            field.codec.write(out, field.number, std::invoke(field.member, object));
        };
        std::apply([&](const auto&... field) { (write_one(field), ...); }, fields_);
        return out.take();
    }

    [[nodiscard]] bool read(std::string_view bytes, auto& object) const {
        wire_reader in(bytes);
        const auto read_one = [&](const auto& field) {
            return in.field() != field.number ||
                   field.codec.read(in, std::invoke(field.member, object));
        };
        while (in.next())
            if (!std::apply([&](const auto&... field) { return (read_one(field) && ...); },
                            fields_))
                return false;
        return !in.failed();
    }

private:
    std::tuple<Fields...> fields_;
};

} // namespace thalamus::cluster
