#include "http/canonical_path.hpp"

#include "base/percent_escape.hpp"
#include "http/characters.hpp"
#include "http/percent.hpp"
#include "http/request_target.hpp"

#include <array>
#include <cstdint>

namespace thalamus::http {

namespace {

/// How a byte of a path is handled.
enum class kind : std::uint8_t {
    plain,     ///< pchar of RFC 3986: kept
    slash,     ///< depends on the next bytes
    encode,    ///< must be escaped
    escape,    ///< "%": depends on the two digits
    semicolon, ///< kept if the route allows it
    query,     ///< ends the path
    refuse     ///< rejected: control characters, space, "\" and "#"
};

constexpr auto kinds = [] {
    std::array<kind, 256> table{};
    // Characters that RFC 3986 does not allow. check_target() has rejected bytes above 0x7F.
    table.fill(kind::encode);
    for (int c = 0; c <= ' '; ++c) table[c] = kind::refuse;
    table[0x7f] = table['\\'] = table['#'] = kind::refuse;
    for (int c = '0'; c <= '9'; ++c) table[c] = kind::plain;
    for (int c = 'A'; c <= 'Z'; ++c) table[c] = table[c + 32] = kind::plain;
    for (unsigned char c : std::string_view("-._~!$&'()*+,=:@")) table[c] = kind::plain;
    table['/'] = kind::slash;
    table['%'] = kind::escape;
    table[';'] = kind::semicolon;
    table['?'] = kind::query;
    return table;
}();

kind kind_of(char c) { return kinds[static_cast<unsigned char>(c)]; }

/// Whether a "/" or a dot segment ("." or "..") begins at `position`, directly after a "/".
bool needs_merging(std::string_view text, std::size_t position) {
    if (position == text.size()) return false;
    if (text[position] == '/') return true;
    if (text[position] != '.') return false;
    if (position + 1 < text.size() && text[position + 1] == '.') ++position;
    return position + 1 == text.size() || text[position + 1] == '/' || text[position + 1] == '?';
}

/// Writes the canonical form of a path, segment by segment.
class canonical_writer {
public:
    canonical_writer(std::string_view text, request_uri& result, std::string& out)
        : text_(text),
          result_(result),
          out_(out) {
        out_.clear();
    }

    /// Reads up to the query or the end and returns that position. result.why is set on rejection.
    std::size_t run() {
        while (position_ < text_.size() && text_[position_] != '?') {
            if (text_[position_] == '/') {
                if (out_.empty() || out_.back() != '/') out_ += '/';
                ++position_;
            }
            if (!copy_segment()) break;
        }
        return position_;
    }

private:
    bool copy_segment() {
        const auto start = out_.size();
        bool suspicious = false; // could mean something else when decoded again
        for (; position_ < text_.size(); ++position_) {
            const char c = text_[position_];
            switch (kind_of(c)) {
            case kind::plain: out_ += c; continue;
            case kind::encode: base::append_escape(static_cast<unsigned char>(c), out_); continue;
            case kind::semicolon:
                result_.has_semicolon = suspicious = true;
                out_ += c;
                continue;
            case kind::escape:
                if (!copy_escape()) return false;
                suspicious = true;
                continue;
            case kind::refuse:
                return refuse(c == '\\'  ? "backslash in the path"
                              : c == '#' ? "fragment in the request-target"
                                         : "control character or space in the path");
            case kind::slash:
            case kind::query: break;
            }
            break;
        }
        const auto segment = std::string_view(out_).substr(start);
        if (suspicious && base::hides_dot_segment(segment))
            return refuse("hidden dot segment in the path");
        if (segment == ".") out_.resize(start);
        // "/a/b/" followed by ".." becomes "/a/"; "/" has no parent.
        else if (segment == "..") out_.resize(start > 1 ? out_.rfind('/', start - 2) + 1 : start);
        return true;
    }

    /// Leaves position_ at the last digit.
    bool copy_escape() {
        const int high = position_ + 2 < text_.size() ? base::hex_value(text_[position_ + 1]) : -1;
        const int low = position_ + 2 < text_.size() ? base::hex_value(text_[position_ + 2]) : -1;
        if (high < 0 || low < 0) return refuse("a % in the path without two hexadecimal digits");
        const auto byte = static_cast<unsigned char>(high * 16 + low);
        if (byte == 0) return refuse("%00 in the path");
        if (byte == '\\') return refuse("%5C in the path");
        if (byte == '/') result_.has_encoded_slash = true;
        if (base::is_unreserved(static_cast<char>(byte))) out_ += static_cast<char>(byte);
        else base::append_escape(byte, out_);
        position_ += 2;
        return true;
    }

    bool refuse(std::string_view reason) {
        result_.refusal = {400, reason};
        return false;
    }

    std::string_view text_;
    request_uri& result_;
    std::string& out_;
    std::size_t position_ = 0;
};

/// The end of the path (the query or the end of the text) if the path is obviously canonical; npos
/// if it must be rewritten.
std::size_t scan_canonical(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto kind = kind_of(text[i]);
        if (kind == kind::plain) continue;
        if (kind == kind::query) return i;
        if (kind != kind::slash || needs_merging(text, i + 1)) return text.npos;
    }
    return text.size();
}

refusal check_query(std::string_view query) {
    for (unsigned char c : query) {
        if (c <= ' ' || c == 0x7f) return {400, "control character or space in the query"};
        if (c == '#') return {400, "fragment in the request-target"};
    }
    return {};
}

} // namespace

request_uri canonicalize(std::string_view target, std::string& buffer) {
    request_uri result;
    if (target == "*") {
        result.type = request_uri::form::asterisk;
        return result;
    }
    if (!target.starts_with('/')) {
        result.type = request_uri::form::absolute;
        result.authority = absolute_authority(target);
        if (result.authority.empty() || !valid_authority(result.authority)) {
            result.refusal = {400, "request-target is neither a path nor an http URL"};
            return result;
        }
        target.remove_prefix(static_cast<std::size_t>(result.authority.data() +
                                                      result.authority.size() - target.data()));
    }
    auto end = scan_canonical(target);
    if (end != target.npos) {
        result.path = end == 0 ? std::string_view("/") : target.substr(0, end);
    } else {
        end = canonical_writer(target, result, buffer).run();
        if (result.refusal) return result;
        result.path = buffer;
    }
    result.query = target.substr(end);
    result.refusal = check_query(result.query);
    return result;
}

} // namespace thalamus::http
