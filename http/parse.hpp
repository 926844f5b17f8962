#pragma once
// From bytes to heads and bodies, strictly: Beast's parser does the grammar, framing.hpp the rules
// of RFC 9112 that Beast leaves open. A message that two parsers could read differently is refused.
// Pure; no sockets. The Beast headers stay inside beast_grammar.hpp and what includes it.

#include "http/head.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace thalamus::http {

/// Why a message is refused; `status` is what a client gets for it (an answer from a target that
/// is refused becomes 502 whatever it says here).
struct refusal {
    unsigned status = 0;          ///< 0 = accepted
    std::string_view reason = {}; ///< short, static, for the log and the problem detail
    explicit operator bool() const { return status != 0; }
};

/// Finds the end of a head in bytes that arrive in pieces.
/// Rejects bare LF as soon as it is seen, so that no client waits for a timeout.
class head_scanner {
public:
    struct result {
        enum class state : unsigned char { more, complete, refused };
        state what = state::more;
        std::size_t size = 0; ///< complete: bytes up to and with the empty line
        refusal why{};
    };
    /// `bytes` is everything received of this head so far (the same start each time).
    /// One leading empty line (CRLF) before a request-line is skipped, RFC 9112 2.2.
    result scan(std::string_view bytes, std::size_t limit);
    void reset() {
        at_ = 0;
        line_ = 0;
    }

private:
    std::size_t at_ = 0;   // everything before is already looked at
    std::size_t line_ = 0; // start of the line at_ is in
};

/// Parses a complete head (as found by head_scanner). Views in `head` point into `bytes`.
refusal parse_request_head(std::string_view bytes, std::uint32_t max_fields, request_head& head);

/// `request_method` decides whether a body follows (HEAD, CONNECT).
refusal parse_response_head(std::string_view bytes, std::string_view request_method,
                            response_head& head);

/// Decodes a chunked body (RFC 9112 7.1); trailers are read and dropped.
class chunk_decoder {
public:
    chunk_decoder();
    ~chunk_decoder();
    chunk_decoder(chunk_decoder&&) noexcept;
    chunk_decoder& operator=(chunk_decoder&&) noexcept;

    struct step {
        std::size_t consumed = 0; ///< bytes of the input that are done with
        std::string_view data{};  ///< decoded bytes within the consumed part; may be empty
        bool done = false;        ///< the last chunk and its trailers were read
        bool need_more = false;   ///< nothing can be done without more input
        refusal why{};
    };
    /// One step over `input`; call again with the rest until done or need_more.
    step next(std::string_view input);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace thalamus::http
