#include "net/http1_reader.hpp"

#include <algorithm>

namespace thalamus::net {

socket::outcome http1_reader::fill() {
    if (!socket_.readable()) return socket::outcome::blocked;
    if (input_.empty() && input_.capacity() < wanted_) input_.release();
    if (input_.room() == 0 || input_.empty()) input_.prepare(input_.empty() ? wanted_ : 1);
    const std::size_t room = input_.room();
    const auto read = socket_.read(input_.prepare(room), room);
    if (read.what == socket::outcome::done) {
        input_.commit(read.bytes);
        received_ += read.bytes;
        // A peer that fills the buffer has more to send: use fewer, larger reads.
        if (read.bytes == room) wanted_ = std::min(4 * wanted_, buffer_pool::large);
    }
    return read.what;
}

http1_reader::head_state http1_reader::read_head(std::size_t limit) {
    for (;;) {
        if (!input_.empty()) {
            const auto found = scanner_.scan(input_.data(), limit);
            if (found.progress == http::head_scanner::result::state::complete) {
                head_size_ = found.size;
                return head_state::complete;
            }
            if (found.progress == http::head_scanner::result::state::refused) {
                refusal_ = found.refusal;
                return head_state::refused;
            }
        }
        switch (fill()) {
        case socket::outcome::done: continue;
        case socket::outcome::blocked: return head_state::wait;
        case socket::outcome::closed:
            return input_.empty() ? head_state::closed : head_state::cut_off;
        case socket::outcome::failed: return head_state::cut_off;
        }
    }
}

void http1_reader::take_head() {
    input_.consume(head_size_);
    head_size_ = 0;
    scanner_.reset();
}

void http1_reader::begin_body(http::body_framing framing, std::uint64_t length,
                              std::uint64_t limit) {
    framing_ = framing;
    remaining_ = length;
    limit_ = limit;
    body_bytes_ = 0;
    wanted_ = buffer_pool::small;
    chunk_data_ = {};
    chunk_skip_ = chunk_tail_ = 0;
    fault_ = state::wait;
    starved_ = false;
    done_ = framing == http::body_framing::none ||
            (framing == http::body_framing::length && length == 0);
    if (framing == http::body_framing::chunked) chunks_.emplace();
    else chunks_.reset();
}

body_source::piece http1_reader::peek() {
    if (done_) return {state::end};
    if (!chunk_data_.empty()) return {state::data, chunk_data_};
    // After a fault the decoder is ahead of the input, so reading on would start at the wrong
    // place.
    if (fault_ != state::wait) return {fault_};
    const auto piece = next_piece();
    starved_ = piece.what == state::wait;
    if (piece.what != state::data && piece.what != state::end) fault_ = piece.what;
    return piece;
}

body_source::piece http1_reader::next_piece() {
    for (;;) {
        if (!input_.empty()) {
            if (framing_ != http::body_framing::chunked) {
                std::string_view bytes = input_.data();
                if (framing_ == http::body_framing::length && bytes.size() > remaining_)
                    bytes = bytes.substr(0, remaining_);
                if (body_bytes_ + bytes.size() > limit_) return {state::too_big};
                return {state::data, bytes};
            }
            const auto step = chunks_->next(input_.data());
            if (step.refusal) {
                refusal_ = step.refusal;
                return {state::malformed};
            }
            if (!step.data.empty()) {
                if (body_bytes_ + step.data.size() > limit_) return {state::too_big};
                chunk_data_ = step.data;
                chunk_skip_ = static_cast<std::size_t>(step.data.data() - input_.data().data());
                chunk_tail_ = step.consumed - chunk_skip_ - step.data.size();
                return {state::data, chunk_data_};
            }
            input_.consume(step.consumed);
            if (step.done) {
                done_ = true;
                return {state::end};
            }
            if (step.consumed > 0 && !step.need_more) continue;
        }
        switch (fill()) {
        case socket::outcome::done: continue;
        case socket::outcome::blocked: return {state::wait};
        case socket::outcome::closed:
            if (framing_ == http::body_framing::close) {
                done_ = true;
                return {state::end};
            }
            return {state::cut_off};
        case socket::outcome::failed: return {state::cut_off};
        }
    }
}

void http1_reader::consume(std::size_t n) {
    body_bytes_ += n;
    if (framing_ == http::body_framing::chunked) {
        input_.consume(chunk_skip_ + n);
        chunk_skip_ = 0;
        chunk_data_.remove_prefix(n);
        if (chunk_data_.empty()) {
            input_.consume(chunk_tail_);
            chunk_tail_ = 0;
        }
        return;
    }
    input_.consume(n);
    if (framing_ == http::body_framing::length) {
        remaining_ -= n;
        done_ = remaining_ == 0;
    }
}

bool http1_reader::quiet() {
    // A read that filled its buffer completely may have left bytes behind without a new event.
    return done_ && input_.empty() && (!socket_.readable() || fill() == socket::outcome::blocked);
}

bool http1_reader::discard(std::uint64_t& dropped, std::uint64_t most) {
    dropped += input_.size();
    input_.release();
    while (dropped <= most) {
        switch (fill()) {
        case socket::outcome::done:
            dropped += input_.size();
            input_.consume(input_.size());
            continue;
        case socket::outcome::blocked: return true;
        case socket::outcome::closed:
        case socket::outcome::failed: return false;
        }
    }
    return false;
}

} // namespace thalamus::net
