#pragma once
// Strict parsing of heads and bodies: Beast's parser checks the grammar, framing.hpp the rules of
// RFC 9112 that Beast does not check. A message that two parsers could read differently is
// rejected. Pure; no sockets. Only beast_grammar.hpp includes the Beast headers.

#include "http/head.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace thalamus::http {

/// Why a message is rejected. `status` is the response to the client; a rejected response from a
/// target always becomes 502.
struct refusal {
    unsigned status = 0;          ///< 0 = accepted
    std::string_view reason = {}; ///< short, static, for the log and the problem detail
    explicit operator bool() const { return status != 0; }
};

/// Finds the end of a head in bytes that arrive in pieces. Rejects bare LF as soon as it is seen,
/// so that the client does not have to wait for a timeout.
class head_scanner {
public:
    struct result {
        enum class state : unsigned char { more, complete, refused };
        state progress = state::more;
        std::size_t size = 0; ///< complete: bytes up to and including the empty line
        http::refusal refusal{};
    };
    /// `bytes` is everything received of this head so far, from its start. One empty line (CRLF)
    /// before a request-line is skipped (RFC 9112 section 2.2).
    result scan(std::string_view bytes, std::size_t limit);
    void reset() {
        position_ = 0;
        line_ = 0;
    }

private:
    std::size_t position_ = 0; // everything before it has been scanned
    std::size_t line_ = 0;     // start of the line that contains position_
};

/// Parses a complete head, as found by head_scanner. Views in `head` point into `bytes`.
refusal parse_request_head(std::string_view bytes, std::uint32_t max_fields, request_head& head);

/// `request_method` decides whether a body follows (HEAD, CONNECT).
refusal parse_response_head(std::string_view bytes, std::string_view request_method,
                            response_head& head);

/// Decodes a chunked body (RFC 9112 section 7.1). Trailers are read and dropped.
class chunk_decoder {
public:
    chunk_decoder();
    ~chunk_decoder();
    chunk_decoder(chunk_decoder&&) noexcept;
    chunk_decoder& operator=(chunk_decoder&&) noexcept;

    struct step {
        std::size_t consumed = 0; ///< processed bytes of the input
        std::string_view data{};  ///< decoded bytes within the consumed part; may be empty
        bool done = false;        ///< the last chunk and its trailers have been read
        bool need_more = false;   ///< more input is required
        http::refusal refusal{};
    };
    /// Decodes one step of `input`. Call again with the rest until done or need_more.
    step next(std::string_view input);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace thalamus::http
