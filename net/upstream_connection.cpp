#include "net/upstream_connection.hpp"

#include "net/tcp_info.hpp"

#include <cerrno>

namespace thalamus::net {

upstream_connection::upstream_connection(reactor& home)
    : socket_(home.sockets(), *this),
      reader_(socket_, home.buffers()),
      writer_(socket_, home.buffers()) {}

void upstream_connection::send_head(std::string_view bytes, http::body_framing framing,
                                    std::uint64_t length, std::string_view method) {
    ++exchanges_;
    answered_ = false;
    method_ = method;
    received_before_ = reader_.received();
    sent_before_ = writer_.sent();
    writer_.append(bytes);
    writer_.begin_body(framing, framing == http::body_framing::length ? length : 0);
}

upstream_connection::answer_state upstream_connection::read_answer(std::size_t head_limit) {
    switch (reader_.read_head(head_limit)) {
    case http1_reader::head_state::wait: return answer_state::wait;
    case http1_reader::head_state::refused:
        refusal_ = reader_.refusal();
        return answer_state::malformed;
    case http1_reader::head_state::closed: return answer_state::closed;
    case http1_reader::head_state::cut_off:
        if (!reader_.started()) return answer_state::closed;
        refusal_ = {502, "answer head cut off"};
        return answer_state::malformed;
    case http1_reader::head_state::complete: break;
    }
    const auto head = reader_.head();
    head_bytes_.assign(head.begin(), head.end());
    answer_ = {};
    refusal_ =
        http::parse_response_head({head_bytes_.data(), head_bytes_.size()}, method_, answer_);
    if (refusal_) return answer_state::malformed;
    reader_.take_head();
    if (!answer_is_interim()) {
        answered_ = true;
        reader_.begin_body(answer_.framing, answer_.content_length, http1_reader::unlimited);
    }
    return answer_state::head;
}

bool upstream_connection::request_unreceived() const {
    if (writer_.sent() == sent_before_) return true;
    // A target that read the request and then reset looks the same while its ACK is delayed.
    if (socket_.error() == ECONNRESET) return false;
    const auto acknowledged = acknowledged_bytes(socket_.descriptor());
    return acknowledged && *acknowledged <= sent_before_;
}

void upstream_connection::begin_tunnel() {
    tunnel_ = true;
    reader_.begin_raw();
    writer_.begin_raw();
}

bool upstream_connection::reusable() {
    return answered_ && !tunnel_ && answer_.keep_alive && reader_.body_done() &&
           writer_.finished() && writer_.drained() && !writer_.failed() && fresh() &&
           reader_.quiet();
}

void upstream_connection::on_socket_ready() {
    // Idle, a readable event is a close or bytes that nobody asked for: either way it is done for.
    if (idle_ && socket_.readable()) surprised_ = true;
    if (user_) user_->on_upstream_ready();
}

} // namespace thalamus::net
