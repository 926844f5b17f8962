#include "http/parse.hpp"

#include "http/characters.hpp"

#include <algorithm>

namespace thalamus::http {
namespace {

using result = head_scanner::result;
using state = result::state;

// Longer than any registered method. A start-line that is not HTTP is detected within these bytes.
constexpr std::size_t max_method = 64;

result refuse(unsigned status, std::string_view reason) {
    return {state::refused, 0, {status, reason}};
}

/// Whether these bytes can start a request-line or status-line. Decided before the line is
/// complete, so that a TLS handshake or garbage is rejected without waiting for a timeout.
bool plausible_start(std::string_view line) {
    const auto stop = std::find_if_not(line.begin(), line.end(), is_token_char);
    const auto length = static_cast<std::size_t>(stop - line.begin());
    if (length > max_method) return false;
    if (stop == line.end()) return true;
    if (*stop == ' ') return length > 0;
    return *stop == '/' && line.substr(0, length) == "HTTP"; // only a status-line has a '/' here
}

result over_limit(std::string_view bytes, std::size_t limit) {
    const std::size_t start_line = std::min(bytes.find('\n', 2), bytes.size());
    if (start_line > limit / 2) return refuse(414, "request-line too long");
    return refuse(431, "head too large");
}

} // namespace

head_scanner::result head_scanner::scan(std::string_view bytes, std::size_t limit) {
    const std::string_view seen = bytes.substr(0, limit);

    if (line_ == 0) { // the start-line, or the single empty line before it
        std::size_t start = 0;
        if (!seen.empty() && seen[0] == '\r') {
            if (seen.size() < 2) return {};
            if (seen[1] != '\n') return refuse(400, "bare CR");
            start = 2;
        }
        if (!plausible_start(seen.substr(start))) return refuse(400, "not an HTTP message");
        position_ = std::max(position_, start);
    }

    while (position_ < seen.size()) {
        // The first CR of a line must be the one before its LF. This is checked as early as
        // possible, with the same result however the bytes arrive.
        const std::size_t end = seen.find('\n', position_);
        const std::size_t cr = seen.substr(0, end).find('\r', position_);
        if (end == std::string_view::npos) {
            if (cr < seen.size() - 1) return refuse(400, "bare CR");
            position_ = std::min(cr, seen.size());
            break;
        }
        if (cr == std::string_view::npos) return refuse(400, "bare LF");
        if (cr + 1 != end) return refuse(400, "bare CR");
        position_ = end + 1;
        if (end == line_ + 1) return {state::complete, position_, {}};
        line_ = position_;
    }
    if (bytes.size() >= limit) return over_limit(seen, limit);
    return {};
}

} // namespace thalamus::http
