#include "net/http1_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace thalamus::net {

namespace {
constexpr std::size_t keep_back = 4096; // pieces up to this size are copied, to be sent together
constexpr std::string_view crlf = "\r\n";

/// "1a2b\r\n"
struct chunk_line {
    explicit chunk_line(std::uint64_t size) {
        auto* end = std::to_chars(text.data(), text.data() + 16, size, 16).ptr;
        *end++ = '\r';
        *end++ = '\n';
        length = static_cast<std::size_t>(end - text.data());
    }
    std::string_view view() const { return {text.data(), length}; }
    std::array<char, 18> text;
    std::size_t length;
};

iovec part(std::string_view bytes) { return {const_cast<char*>(bytes.data()), bytes.size()}; }
} // namespace

void http1_writer::begin_body(http::body_framing framing, std::uint64_t length) {
    framing_ = framing;
    left_ = length;
    finished_ = false;
}

void http1_writer::begin_raw() {
    begin_body(http::body_framing::close);
    raw_ = true;
}

std::size_t http1_writer::write(std::string_view bytes) {
    if (failed_ || !socket_.writable()) return 0;
    const bool chunked = framing_ == http::body_framing::chunked;
    if (chunked && left_ > 0) return write_through(bytes.substr(0, left_));
    if (pending_.size() + bytes.size() > keep_back) {
        if (chunked) {
            left_ = bytes.size();
            pending_.append(chunk_line(left_).view());
        }
        return write_through(bytes);
    }
    if (chunked) pending_.append(chunk_line(bytes.size()).view());
    pending_.append(bytes);
    if (chunked) pending_.append(crlf);
    else count(bytes.size());
    return bytes.size();
}

// Sends pending bytes, these bytes and the end of their chunk in one system call.
std::size_t http1_writer::write_through(std::string_view bytes) {
    const bool ends_chunk = framing_ == http::body_framing::chunked && bytes.size() == left_;
    const std::string_view tail = ends_chunk ? crlf : std::string_view{};
    const std::array<iovec, 3> parts{part(pending_.data()), part(bytes), part(tail)};
    const auto sent = socket_.write(parts);
    if (sent.what == socket::outcome::failed) failed_ = true;
    std::size_t n = sent.bytes;
    sent_ += n;
    const std::size_t of_pending = std::min(n, pending_.size());
    pending_.consume(of_pending);
    n -= of_pending;
    const std::size_t of_bytes = std::min(n, bytes.size());
    count(of_bytes);
    if (ends_chunk && left_ == 0) pending_.append(tail.substr(n - of_bytes));
    return of_bytes;
}

void http1_writer::count(std::size_t written) {
    if (framing_ == http::body_framing::length || framing_ == http::body_framing::chunked)
        left_ -= std::min<std::uint64_t>(left_, written);
}

void http1_writer::finish() {
    if (finished_) return;
    finished_ = true;
    // The peer waits for the rest, and would take the next message's bytes for it.
    if (left_ > 0) failed_ = true;
    else if (framing_ == http::body_framing::chunked) pending_.append("0\r\n\r\n");
}

void http1_writer::probe() {
    if (framing_ == http::body_framing::chunked && left_ == 0 && !finished_) pending_.append("0");
}

void http1_writer::flush() {
    while (!pending_.empty() && !failed_ && socket_.writable()) {
        const std::array<iovec, 1> all{part(pending_.data())};
        const auto sent = socket_.write(all);
        if (sent.what == socket::outcome::failed) failed_ = true;
        pending_.consume(sent.bytes);
        sent_ += sent.bytes;
    }
    if (!pending_.empty()) return;
    pending_.release();
    if (raw_ && finished_ && !shut_) {
        shut_ = true;
        socket_.shutdown_send();
    }
}

} // namespace thalamus::net
