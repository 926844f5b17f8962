#pragma once
// Shared by the writers of heads. Private to http/.

#include "http/head.hpp"

#include <boost/container/small_vector.hpp>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace thalamus::http {

/// Appends received fields. Adjacent lines of the received head that have the form in which we
/// would write them are copied together: most heads are copied in two or three pieces.
class field_copier {
public:
    explicit field_copier(std::string& out) : out_(out) {}

    void add(const field& f) {
        if (!is_plain(f)) {
            flush();
            out_.append(f.name).append(": ", 2).append(f.value).append("\r\n", 2);
            return;
        }
        if (begin_ == nullptr || f.name.data() != end_ + 2 || std::memcmp(end_, "\r\n", 2) != 0) {
            flush();
            begin_ = f.name.data();
        }
        end_ = f.value.data() + f.value.size();
    }

    void flush() {
        if (begin_ == nullptr) return;
        out_.append(begin_, static_cast<std::size_t>(end_ - begin_)).append("\r\n", 2);
        begin_ = nullptr;
    }

private:
    /// True if exactly ": " is between name and value, in the same buffer.
    static bool is_plain(const field& f) {
        const char* behind = f.name.data() + f.name.size();
        return f.value.data() == behind + 2 && std::memcmp(behind, ": ", 2) == 0;
    }

    std::string& out_;
    const char* begin_ = nullptr;
    const char* end_ = nullptr;
};

/// The names in Connection fields (RFC 9110 section 7.6.1) that are not hop-by-hop anyway.
class connection_options {
public:
    explicit connection_options(const field_list& fields) {
        for (const auto& f : fields)
            if (f.id == field_id::connection) read(f.value);
    }

    bool empty() const { return names_.empty(); }
    bool name(const field& f) const {
        for (auto n : names_)
            if (iequals(n, f.name)) return true;
        return false;
    }

private:
    void read(std::string_view list);

    boost::container::small_vector<std::string_view, 4> names_;
};

inline void append_number(std::uint64_t number, std::string& out) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, static_cast<std::size_t>(end - digits));
}

/// Appends the values of all lines of a field as "value1, value2".
void append_joined(const field_list& fields, field_id id, std::string& out);

inline void append_framing(body_framing framing, std::uint64_t length, std::string& out) {
    if (framing == body_framing::length) {
        out += "Content-Length: ";
        append_number(length, out);
        out += "\r\n";
    } else if (framing == body_framing::chunked) {
        out += "Transfer-Encoding: chunked\r\n";
    }
}

/// Whether a response with this status has neither a body nor framing (RFC 9112 section 6.3).
inline bool is_bodiless(unsigned status) { return status < 200 || status == 204 || status == 304; }

} // namespace thalamus::http
