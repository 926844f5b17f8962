#include "http/parse.hpp"

#include "http/beast_grammar.hpp"
#include "http/characters.hpp"

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <cstring>

namespace thalamus::http {
namespace {

// All that Beast must see in one piece stays well below one 16 KiB buffer, so that asking for more
// input can always be granted.
constexpr std::size_t max_size_digits = 16; // 64 bits
constexpr std::size_t max_extension = 256;
constexpr std::size_t max_trailer = 8 * 1024;
constexpr unsigned max_trailer_fields = 64;
// Extension bytes that no data has paid for, over the whole body: small chunks with long extensions
// cost a receiver much more than they bring.
constexpr std::uint64_t max_overhead = 16 * 1024;

/// Fields that RFC 9110 6.5.1 forbids in trailers: framing, routing, authentication, and how to
/// read the content. They would be dropped anyway; whoever sends them means no good.
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

/// Beast's parser, already behind a head that announces a chunked body.
class chunk_grammar final : public beast_grammar<true> {
public:
    chunk_grammar() {
        constexpr std::string_view head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        boost::beast::error_code error;
        put(boost::asio::const_buffer(head.data(), head.size()), error);
        in_body_ = true;
    }

    /// Reads one element: a size line with the line end before it, some data, or the last chunk
    /// with its trailers. Returns what was used of `bytes`.
    std::size_t read(std::string_view bytes, refusal& why) {
        bytes_ = bytes;
        data_ = {};
        boost::beast::error_code error;
        const std::size_t used = put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
        if (stopped()) why = stopped();
        else if (error) why = {400, describe(error)};
        return used;
    }

    std::uint64_t size() const { return size_; } ///< of the chunk whose line was read last
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

/// The part of the input that Beast may have next, once it is complete.
struct element {
    std::size_t size = 0; // 0: not complete yet
    bool last = false;
    refusal why{};
};

/// The end of the line that begins at `from` (behind its LF); 0 if it is not there yet.
std::size_t line_end(std::string_view input, std::size_t from, refusal& why) {
    const void* const found = std::memchr(input.data() + from, '\n', input.size() - from);
    if (!found) return 0;
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - input.data());
    if (at == from || input[at - 1] != '\r') {
        why = {400, "bare LF"};
        return 0;
    }
    return at + 1;
}

/// Checks a chunk's size line on the bytes as they come: what Beast lets pass (blanks, controls in
/// quoted text, lines of any length), and whatever is wrong already before the line is complete.
element find_size_line(std::string_view input, bool after_data) {
    std::size_t at = 0;
    if (after_data) {
        constexpr std::string_view crlf = "\r\n";
        if (input.substr(0, 2) != crlf.substr(0, input.size()))
            return {0, false, {400, "chunk data longer than its size"}};
        if (input.size() < 3) return {};
        at = 2;
    }

    const std::size_t digits = at;
    while (at < input.size() && at - digits <= max_size_digits && is_hex_digit(input[at])) ++at;
    if (at - digits > max_size_digits) return {0, false, {400, "chunk size too long"}};
    if (at == input.size()) return {};
    if (at == digits) return {0, false, {400, "bad chunk size"}};
    const bool last = std::all_of(input.begin() + static_cast<std::ptrdiff_t>(digits),
                                  input.begin() + static_cast<std::ptrdiff_t>(at),
                                  [](char c) { return c == '0'; });

    if (input[at] != '\r' && input[at] != ';') return {0, false, {400, "bad chunk size"}};
    const std::size_t extension = at;
    while (at < input.size() && !is_control(input[at])) ++at;
    if (at - extension > max_extension) return {0, false, {400, "chunk extension too long"}};
    if (at == input.size()) return {};
    if (input[at] != '\r') return {0, false, {400, "control byte in a chunk's size line"}};
    if (at + 1 == input.size()) return {};
    if (input[at + 1] != '\n') return {0, false, {400, "bare CR"}};
    return {at + 2, last, {}};
}

/// The end of the trailer section that begins at `from`, with its empty line.
element find_trailer_end(std::string_view input, std::size_t from) {
    const std::string_view section = input.substr(0, from + max_trailer);
    element found{0, true, {}};
    for (std::size_t line = from;;) {
        const std::size_t end = line_end(section, line, found.why);
        if (found.why) return found;
        if (end == 0) break;
        if (end == line + 2) {
            found.size = end;
            return found;
        }
        line = end;
    }
    if (input.size() >= from + max_trailer) found.why = {400, "trailers too long"};
    return found;
}

} // namespace

struct chunk_decoder::impl {
    chunk_grammar grammar;
    std::uint64_t remaining = 0; // data of the chunk at hand that has not come yet
    bool after_data = false;     // a chunk's data is complete, its line end is still to come
};

chunk_decoder::chunk_decoder() : impl_(std::make_unique<impl>()) {}
chunk_decoder::~chunk_decoder() = default;
chunk_decoder::chunk_decoder(chunk_decoder&&) noexcept = default;
chunk_decoder& chunk_decoder::operator=(chunk_decoder&&) noexcept = default;

chunk_decoder::step chunk_decoder::next(std::string_view input) {
    step out;
    if (impl_->remaining == 0) {
        element found = find_size_line(input, impl_->after_data);
        if (found.last && !found.why && found.size != 0)
            found = find_trailer_end(input, found.size);
        out.why = found.why;
        out.need_more = !found.why && found.size == 0;
        if (out.why || out.need_more) return out;

        out.consumed = impl_->grammar.read(input.substr(0, found.size), out.why);
        if (out.why) return out;
        out.done = found.last;
        if (out.done) return out;
        impl_->remaining = impl_->grammar.size();
        input.remove_prefix(out.consumed);
    }
    if (input.empty()) {
        out.need_more = out.consumed == 0;
        return out;
    }
    // Data goes on as it comes, in the same step as the size line before it.
    out.consumed += impl_->grammar.read(
        input.substr(
            0, static_cast<std::size_t>(std::min<std::uint64_t>(impl_->remaining, input.size()))),
        out.why);
    out.data = impl_->grammar.data();
    impl_->remaining -= out.data.size();
    impl_->after_data = impl_->remaining == 0;
    return out;
}

} // namespace thalamus::http
