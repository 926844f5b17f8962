#include "http/parse.hpp"

#include "http/beast_grammar.hpp"
#include "http/characters.hpp"

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <cstring>

namespace thalamus::http {
namespace {

// Everything that Beast must see in one piece is much smaller than a 16 KiB buffer, so a request
// for more input can always be satisfied.
constexpr std::size_t max_size_digits = 16; // 64 bits
constexpr std::size_t max_extension = 256;
constexpr std::size_t max_trailer = 8 * 1024;
constexpr unsigned max_trailer_fields = 64;
// Limit for extension bytes in excess of data bytes, over the whole body: small chunks with long
// extensions cost a recipient much more than their data is worth.
constexpr std::uint64_t max_overhead = 16 * 1024;

/// False for fields that RFC 9110 section 6.5.1 forbids in trailers: framing, routing,
/// authentication and content format. Trailers are dropped anyway, but such a sender is suspect.
bool may_be_trailer(field_id id) {
    switch (id) {
    case field_id::authorization:
    case field_id::connection:
    case field_id::content_length:
    case field_id::content_type:
    case field_id::cookie:
    case field_id::expect:
    case field_id::host:
    case field_id::proxy_authorization:
    case field_id::te:
    case field_id::trailer:
    case field_id::transfer_encoding:
    case field_id::upgrade: return false;
    default: return true;
    }
}

/// Beast's parser after a head with a chunked body.
class chunk_grammar final : public beast_grammar<true> {
public:
    chunk_grammar() {
        constexpr std::string_view head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        boost::beast::error_code error;
        put(boost::asio::const_buffer(head.data(), head.size()), error);
        in_body_ = true;
    }

    /// Reads one element: a size line with the preceding line end, some data, or the last chunk
    /// with its trailers. Returns the number of consumed bytes.
    std::size_t read(std::string_view bytes, refusal& refused) {
        bytes_ = bytes;
        data_ = {};
        boost::beast::error_code error;
        const std::size_t used = put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
        if (stopped()) refused = stopped();
        else if (error) refused = {400, describe(error)};
        return used;
    }

    std::uint64_t size() const {
        return size_;
    } ///< size of the chunk whose size line was read last
    std::string_view data() const { return data_; }

private:
    void on_chunk_header_impl(std::uint64_t size, boost::beast::string_view extension,
                              error_code& error) override {
        size_ = size;
        overhead_ += extension.size();
        overhead_ -= std::min(overhead_, size);
        if (overhead_ > max_overhead) stop(error, {400, "too many chunk extensions"});
    }

    std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view body,
                                   error_code&) override {
        data_ = to_std(body);
        return body.size();
    }

    void on_field_impl(beast_http::field id, boost::beast::string_view name,
                       boost::beast::string_view value, error_code& error) override {
        if (!in_body_) return;
        if (is_folded(bytes_, to_std(name), to_std(value)))
            return stop(error, {400, "folded field line"});
        if (++trailers_ > max_trailer_fields) return stop(error, {400, "too many trailer fields"});
        if (!may_be_trailer(from_beast(id, to_std(name))))
            return stop(error, {400, "forbidden trailer field"});
    }

    std::string_view bytes_;
    std::string_view data_;
    std::uint64_t size_ = 0;
    std::uint64_t overhead_ = 0;
    unsigned trailers_ = 0;
    bool in_body_ = false;
};

/// The part of the input that Beast reads next, once it is complete.
struct element {
    std::size_t size = 0; // 0: not complete yet
    bool last = false;
    http::refusal refusal{};
};

/// The position after the LF of the line that starts at `start`; 0 if the line is not complete.
std::size_t line_end(std::string_view input, std::size_t start, refusal& error) {
    const void* const found = std::memchr(input.data() + start, '\n', input.size() - start);
    if (!found) return 0;
    const auto position = static_cast<std::size_t>(static_cast<const char*>(found) - input.data());
    if (position == start || input[position - 1] != '\r') {
        error = {400, "bare LF"};
        return 0;
    }
    return position + 1;
}

/// Checks the size line of a chunk as its bytes arrive. Rejects what Beast accepts (spaces, control
/// characters in quoted text, lines of any length), and all errors before the line is complete.
element find_size_line(std::string_view input, bool after_data) {
    std::size_t position = 0;
    if (after_data) {
        constexpr std::string_view crlf = "\r\n";
        if (input.substr(0, 2) != crlf.substr(0, input.size()))
            return {0, false, {400, "chunk data longer than its size"}};
        if (input.size() < 3) return {};
        position = 2;
    }

    const std::size_t digits = position;
    while (position < input.size() && position - digits <= max_size_digits &&
           is_hex_digit(input[position]))
        ++position;
    if (position - digits > max_size_digits) return {0, false, {400, "chunk size too long"}};
    if (position == input.size()) return {};
    if (position == digits) return {0, false, {400, "bad chunk size"}};
    const bool last = std::all_of(input.begin() + static_cast<std::ptrdiff_t>(digits),
                                  input.begin() + static_cast<std::ptrdiff_t>(position),
                                  [](char c) { return c == '0'; });

    if (input[position] != '\r' && input[position] != ';')
        return {0, false, {400, "bad chunk size"}};
    const std::size_t extension = position;
    while (position < input.size() && !is_control(input[position])) ++position;
    if (position - extension > max_extension) return {0, false, {400, "chunk extension too long"}};
    if (position == input.size()) return {};
    if (input[position] != '\r') return {0, false, {400, "control byte in a chunk's size line"}};
    if (position + 1 == input.size()) return {};
    if (input[position + 1] != '\n') return {0, false, {400, "bare CR"}};
    return {position + 2, last, {}};
}

/// The end of the trailer section that starts at `start`, including its empty line.
element find_trailer_end(std::string_view input, std::size_t start) {
    const std::string_view section = input.substr(0, start + max_trailer);
    element found{0, true, {}};
    for (std::size_t line = start;;) {
        const std::size_t end = line_end(section, line, found.refusal);
        if (found.refusal) return found;
        if (end == 0) break;
        if (end == line + 2) {
            found.size = end;
            return found;
        }
        line = end;
    }
    if (input.size() >= start + max_trailer) found.refusal = {400, "trailers too long"};
    return found;
}

} // namespace

struct chunk_decoder::impl {
    chunk_grammar grammar;
    std::uint64_t remaining = 0; // bytes of the current chunk that have not arrived yet
    bool after_data = false;     // the data of a chunk is complete; its line end follows
};

chunk_decoder::chunk_decoder() : impl_(std::make_unique<impl>()) {}
chunk_decoder::~chunk_decoder() = default;
chunk_decoder::chunk_decoder(chunk_decoder&&) noexcept = default;
chunk_decoder& chunk_decoder::operator=(chunk_decoder&&) noexcept = default;

chunk_decoder::step chunk_decoder::next(std::string_view input) {
    step out;
    if (impl_->remaining == 0) {
        element found = find_size_line(input, impl_->after_data);
        if (found.last && !found.refusal && found.size != 0)
            found = find_trailer_end(input, found.size);
        out.refusal = found.refusal;
        out.need_more = !found.refusal && found.size == 0;
        if (out.refusal || out.need_more) return out;

        out.consumed = impl_->grammar.read(input.substr(0, found.size), out.refusal);
        if (out.refusal) return out;
        out.done = found.last;
        if (out.done) return out;
        impl_->remaining = impl_->grammar.size();
        input.remove_prefix(out.consumed);
    }
    if (input.empty()) {
        out.need_more = out.consumed == 0;
        return out;
    }
    // Data is returned as it arrives, in the same step as the preceding size line.
    out.consumed += impl_->grammar.read(
        input.substr(
            0, static_cast<std::size_t>(std::min<std::uint64_t>(impl_->remaining, input.size()))),
        out.refusal);
    out.data = impl_->grammar.data();
    impl_->remaining -= out.data.size();
    impl_->after_data = impl_->remaining == 0;
    return out;
}

} // namespace thalamus::http
