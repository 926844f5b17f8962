#pragma once
// Encodes numbered fields as bytes, so that a reader can skip unknown fields. This is the wire
// format of Protocol Buffers, with numbers and byte strings only (protobuf.dev, "Encoding").

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace thalamus::cluster {

/// Times as numbers: milliseconds since 1970, rounded up. Times after 2248 are read as 2248.
inline constexpr std::uint64_t latest_moment = std::uint64_t{1} << 43;
std::uint64_t to_number(std::chrono::system_clock::time_point when);
/// Always returns true. The result exists because from_number() for other types
/// (cluster/wire_fields.hpp) returns false if the number does not fit.
bool from_number(std::uint64_t number, std::chrono::system_clock::time_point& when);

class wire_writer {
public:
    /// Leaves out fields whose value is 0 or "": a reader assumes that value for an absent field.
    void number(std::uint32_t field, std::uint64_t value);
    void text(std::uint32_t field, std::string_view value);
    /// Writes an empty value too: for list members and optional values.
    void item(std::uint32_t field, std::string_view value);
    std::string take() { return std::move(bytes_); }

private:
    void varint(std::uint64_t value);
    std::string bytes_;
};

/// Usage: for (wire_reader in(bytes); in.next();) switch (in.field()) ...; then check failed().
class wire_reader {
public:
    explicit wire_reader(std::string_view bytes) : rest_(bytes) {}
    /// Moves to the next field. Returns false at the end, or if the bytes are malformed.
    bool next();
    bool failed() const { return failed_; }
    std::uint32_t field() const { return field_; }
    /// The value. If the field is of the other type, the bytes count as malformed.
    std::uint64_t number();
    std::string_view text(); ///< a view into the given bytes

private:
    bool varint(std::uint64_t& value);
    bool fail();

    std::string_view rest_, text_;
    std::uint64_t number_ = 0;
    std::uint32_t field_ = 0;
    bool is_text_ = false, failed_ = false;
};

} // namespace thalamus::cluster
