#include "observe/escape.hpp"

#include "base/hex.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

namespace thalamus::observe {
namespace {

using base::lower_hex;

struct sequence {
    std::uint32_t code_point = 0;
    unsigned length = 1; ///< if ill-formed: of its maximal subpart, as Unicode recommends
    bool well_formed = false;
};

/// Decodes the UTF-8 sequence that starts with the non-ASCII byte at `begin`. @pre begin < end
sequence decode(const char* begin, const char* end) {
    const auto byte = [&](unsigned i) { return static_cast<unsigned char>(begin[i]); };
    const unsigned lead = byte(0);
    unsigned length = 0, low = 0x80, high = 0xBF; // the range of the second byte
    std::uint32_t value = 0;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2, value = lead & 0x1F;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3, value = lead & 0x0F;
        if (lead == 0xE0) low = 0xA0;  // exclude overlong forms
        if (lead == 0xED) high = 0x9F; // surrogates
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4, value = lead & 0x07;
        if (lead == 0xF0) low = 0x90;
        if (lead == 0xF4) high = 0x8F; // above U+10FFFF
    } else {
        return {};
    }
    for (unsigned i = 1; i < length; ++i) {
        if (begin + i == end || byte(i) < low || byte(i) > high) return {0, i, false};
        value = value << 6 | (byte(i) & 0x3F);
        low = 0x80, high = 0xBF;
    }
    return {value, length, true};
}

bool breaks_lines(std::uint32_t code_point) {
    return (code_point >= 0x80 && code_point < 0xA0) || code_point == 0x2028 ||
           code_point == 0x2029;
}

char* put_u_escape(char* out, std::uint32_t unit) {
    *out++ = '\\';
    *out++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4) *out++ = lower_hex[unit >> shift & 15];
    return out;
}

char* put_x_escape(char* out, unsigned char byte) {
    *out++ = '\\';
    *out++ = 'x';
    *out++ = lower_hex[byte >> 4];
    *out++ = lower_hex[byte & 15];
    return out;
}

/// The letter of a two-character escape, or 0.
char short_escape(unsigned char byte) {
    switch (byte) {
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
    }
}

/// Writes a byte other than a quote like Apache.
char* put_apache(char* out, unsigned char byte) {
    if (byte >= 0x20 && byte < 0x7F && byte != '\\') {
        *out++ = static_cast<char>(byte);
        return out;
    }
    const char letter = byte == '\\' ? '\\' : short_escape(byte);
    if (!letter) return put_x_escape(out, byte);
    *out++ = '\\';
    *out++ = letter;
    return out;
}

constexpr std::uint64_t repeated(std::uint64_t byte) { return 0x0101010101010101u * byte; }

/// Whether one of eight bytes must be escaped in a JSON string: below 0x20, '"', '\\', DEL or
/// non-ASCII. Uses the classic tests for a zero byte and for a byte below n; exact in combination.
bool needs_escape(std::uint64_t eight) {
    const auto zero_byte = [](std::uint64_t x) { return (x - repeated(1)) & ~x; };
    const std::uint64_t found =
        ((eight - repeated(0x20)) & ~eight) | eight | zero_byte(eight ^ repeated('"')) |
        zero_byte(eight ^ repeated('\\')) | zero_byte(eight ^ repeated(0x7F));
    return (found & repeated(0x80)) != 0;
}

/// The same for sixteen bytes with vector instructions. Non-ASCII bytes are below 0x20 when signed.
bool needs_escape_16(const char* data) {
    using bytes = signed char __attribute__((vector_size(16)));
    bytes v;
    std::memcpy(&v, data, sizeof v);
    const auto found = (v < 0x20) | (v == '"') | (v == '\\') | (v == 0x7F);
    std::uint64_t halves[2];
    std::memcpy(halves, &found, sizeof halves);
    return (halves[0] | halves[1]) != 0;
}

static_assert(std::endian::native == std::endian::little,
              "the loads below put the first byte lowest");

/// Loads up to seven bytes and fills the rest with spaces, which need no escape.
std::uint64_t load_short(const char* data, std::size_t bytes) {
    std::uint64_t word = repeated(' ');
    std::uint64_t shift = 0;
    const auto take = [&]<class T>(T part) {
        std::memcpy(&part, data, sizeof part);
        const std::uint64_t mask = (std::uint64_t{1} << 8 * sizeof part) - 1;
        word = (word & ~(mask << shift)) | std::uint64_t{part} << shift;
        data += sizeof part, shift += 8 * sizeof part;
    };
    if (bytes & 4) take(std::uint32_t{});
    if (bytes & 2) take(std::uint16_t{});
    if (bytes & 1) take(std::uint8_t{});
    return word;
}

/// Escapes one ASCII byte or one UTF-8 sequence at `position`.
char* escape_json_one(char* out, const char*& position, const char* end) {
    const auto byte = static_cast<unsigned char>(*position);
    if (byte < 0x80) {
        ++position;
        if (byte == '"' || byte == '\\') {
            *out++ = '\\';
            *out++ = static_cast<char>(byte);
        } else if (byte >= 0x20 && byte != 0x7F) {
            *out++ = static_cast<char>(byte);
        } else if (const char letter = short_escape(byte)) {
            *out++ = '\\';
            *out++ = letter;
        } else {
            out = put_u_escape(out, byte);
        }
        return out;
    }
    const sequence s = decode(position, end);
    if (!s.well_formed) {
        std::memcpy(out, "\xEF\xBF\xBD", 3);
        out += 3;
    } else if (breaks_lines(s.code_point)) {
        out = put_u_escape(out, s.code_point);
    } else {
        std::memcpy(out, position, s.length);
        out += s.length;
    }
    position += s.length;
    return out;
}

} // namespace

char* escape_json(char* out, std::string_view text) {
    const char* position = text.data();
    const char* const end = position + text.size();
    while (position != end) {
        const auto left = static_cast<std::size_t>(end - position);
        if (left >= 16 && !needs_escape_16(position)) {
            std::memcpy(out, position, 16);
            out += 16, position += 16;
            continue;
        }
        const std::size_t taken = left < 8 ? left : 8;
        std::uint64_t word;
        if (left >= 8) {
            std::memcpy(&word, position, 8);
        } else if (text.size() >= 8) { // the last eight bytes without those already done
            std::memcpy(&word, end - 8, 8);
            word = word >> 8 * (8 - left) | repeated(' ') << 8 * left;
        } else {
            word = load_short(position, left);
        }
        if (!needs_escape(word)) {
            std::memcpy(out, &word, 8);
            out += taken, position += taken;
            continue;
        }
        for (const char* const stop = position + taken; position < stop;)
            out = escape_json_one(out, position, end);
    }
    return out;
}

char* escape_apache(char* out, std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte == '"') {
            *out++ = '\\';
            *out++ = c;
        } else {
            out = put_apache(out, byte);
        }
    }
    return out;
}

char* escape_apache_word(char* out, std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out = byte == ' ' || byte == '"' ? put_x_escape(out, byte) : put_apache(out, byte);
    }
    return out;
}

std::string printable(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    const auto hex = [&](const char* data, unsigned bytes) {
        char escape[4];
        for (unsigned i = 0; i < bytes; ++i) {
            put_x_escape(escape, static_cast<unsigned char>(data[i]));
            result.append(escape, sizeof escape);
        }
    };
    const char* position = text.data();
    for (const char* const end = position + text.size(); position != end;) {
        const auto byte = static_cast<unsigned char>(*position);
        if (byte >= 0x80) {
            const sequence s = decode(position, end);
            if (s.well_formed && !breaks_lines(s.code_point)) {
                result.append(position, s.length);
            } else {
                hex(position, s.length);
            }
            position += s.length;
            continue;
        }
        if (byte >= 0x20 && byte != 0x7F) {
            result += *position;
        } else if (const char letter = short_escape(byte)) {
            result += '\\';
            result += letter;
        } else {
            hex(position, 1);
        }
        ++position;
    }
    return result;
}

std::string_view cut_to(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return text;
    std::size_t end = bytes;
    // A sequence has at most three continuation bytes. More are not UTF-8 and can be cut anywhere.
    for (int back = 0; back < 3 && end > 0 && (text[end] & 0xC0) == 0x80; ++back) --end;
    return text.substr(0, (text[end] & 0xC0) == 0x80 ? bytes : end);
}

} // namespace thalamus::observe
