#pragma once
// Reads one whole message out of bytes that arrive in pieces, as a connection does it: scanner,
// then parser, then body. Shared by the tests of http/ and the fuzz targets.

#include "http/parse.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace thalamus::http {

struct read_result {
    enum class outcome : unsigned char { accepted, refused, incomplete };
    outcome result = outcome::incomplete;
    http::refusal refusal{};
    bool head_parsed = false;
    std::size_t head_size = 0;
    std::string body;
    std::size_t used = 0; ///< bytes of the message, with its body
};

/// The vectors hold one byte as one character of U+0000 to U+00FF.
inline std::string latin1_bytes(const std::string& utf8) {
    std::string bytes;
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto c = static_cast<unsigned char>(utf8[i]);
        if (c < 0x80) bytes += utf8[i];
        else bytes += static_cast<char>((c & 3) << 6 | (utf8[++i] & 0x3f));
    }
    return bytes;
}

/// Decodes a chunked body from `bytes`, of which first `arrivals[0]` are there, then
/// `arrivals[1]`...
inline read_result read_chunked(std::string_view bytes, const std::vector<std::size_t>& arrivals,
                                std::size_t from = 0) {
    read_result out;
    out.used = from;
    chunk_decoder decoder;
    for (const std::size_t arrived : arrivals) {
        while (arrived >= out.used) {
            const auto step = decoder.next(bytes.substr(0, arrived).substr(out.used));
            out.used += step.consumed;
            out.body.append(step.data);
            if (step.refusal) {
                out.result = read_result::outcome::refused;
                out.refusal = step.refusal;
                return out;
            }
            if (step.done) {
                out.result = read_result::outcome::accepted;
                return out;
            }
            if (step.need_more || step.consumed == 0) break;
        }
    }
    return out;
}

/// `parse(bytes, head)` parses the complete head. `arrivals` as above.
template <class Head, class Parse>
read_result read_message(std::string_view bytes, std::vector<std::size_t> arrivals, Head& head,
                         Parse parse, std::size_t limit = 32 * 1024) {
    arrivals.push_back(bytes.size());
    read_result out;
    head_scanner scanner;
    head_scanner::result found;
    for (const std::size_t arrived : arrivals) {
        found = scanner.scan(bytes.substr(0, arrived), limit);
        if (found.progress != head_scanner::result::state::more) break;
    }
    if (found.progress == head_scanner::result::state::more) return out;
    out.result = read_result::outcome::refused;
    if (found.progress == head_scanner::result::state::refused) {
        out.refusal = found.refusal;
        return out;
    }
    out.refusal = parse(bytes.substr(0, found.size), head);
    if (out.refusal) return out;

    out.head_parsed = true;
    out.head_size = out.used = found.size;
    switch (head.framing) {
    case body_framing::none: out.result = read_result::outcome::accepted; return out;
    case body_framing::length: {
        const std::string_view rest = bytes.substr(found.size);
        const bool all = rest.size() >= head.content_length;
        out.body = rest.substr(
            0, static_cast<std::size_t>(std::min<std::uint64_t>(rest.size(), head.content_length)));
        out.used += out.body.size();
        out.result = all ? read_result::outcome::accepted : read_result::outcome::incomplete;
        return out;
    }
    case body_framing::close:
        out.body = bytes.substr(found.size);
        out.used = bytes.size();
        out.result = read_result::outcome::accepted;
        return out;
    case body_framing::chunked: {
        read_result body = read_chunked(bytes, arrivals, found.size);
        body.head_parsed = true;
        body.head_size = found.size;
        return body;
    }
    }
    return out;
}

inline read_result read_request(std::string_view bytes, request_head& head,
                                const std::vector<std::size_t>& arrivals = {}) {
    return read_message(bytes, arrivals, head, [](std::string_view head_bytes, request_head& to) {
        return parse_request_head(head_bytes, 100, to);
    });
}

inline read_result read_response(std::string_view bytes, response_head& head,
                                 std::string_view method = "GET",
                                 const std::vector<std::size_t>& arrivals = {}) {
    return read_message(bytes, arrivals, head,
                        [method](std::string_view head_bytes, response_head& to) {
                            return parse_response_head(head_bytes, method, to);
                        });
}

} // namespace thalamus::http
