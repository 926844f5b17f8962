#pragma once
// Numbered fields as bytes, so that a reader skips what it does not know: the wire format of
// Protocol Buffers, numbers and byte strings only (protobuf.dev, "Encoding").

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace thalamus::cluster {

/// Moments as numbers: milliseconds since 1970, rounded up. What is too far off is read as 2248.
inline constexpr std::uint64_t latest_moment = std::uint64_t{1} << 43;
std::uint64_t to_number(std::chrono::system_clock::time_point when);
/// Always true, as from_number() of other types (cluster/wire_fields.hpp) for what can be read.
bool from_number(std::uint64_t number, std::chrono::system_clock::time_point& when);

class wire_writer {
public:
    /// Fields of value 0 or "" are left out: that is what a reader takes an absent one for.
    void number(std::uint32_t field, std::uint64_t value);
    void text(std::uint32_t field, std::string_view value);
    /// Also when it is empty: for members of lists and optional values.
    void item(std::uint32_t field, std::string_view value);
    std::string take() { return std::move(bytes_); }

private:
    void varint(std::uint64_t value);
    std::string bytes_;
};

/// for (wire_reader in(bytes); in.next();) switch (in.field()) ...; then check failed().
class wire_reader {
public:
    explicit wire_reader(std::string_view bytes) : rest_(bytes) {}
    /// To the next field; false at the end, or where the bytes are no fields.
    bool next();
    bool failed() const { return failed_; }
    std::uint32_t field() const { return field_; }
    /// The value. A field of the other kind counts as malformed.
    std::uint64_t number();
    std::string_view text(); ///< into the bytes given

private:
    bool varint(std::uint64_t& value);
    bool fail();

    std::string_view rest_, text_;
    std::uint64_t number_ = 0;
    std::uint32_t field_ = 0;
    bool is_text_ = false, failed_ = false;
};

} // namespace thalamus::cluster
