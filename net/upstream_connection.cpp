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

upstream_connection::response_state upstream_connection::read_response(std::size_t head_limit) {
    switch (reader_.read_head(head_limit)) {
    case http1_reader::head_state::wait: return response_state::wait;
    case http1_reader::head_state::refused:
        refusal_ = reader_.refusal();
        return response_state::malformed;
    case http1_reader::head_state::closed: return response_state::closed;
    case http1_reader::head_state::cut_off:
        if (!reader_.started()) return response_state::closed;
        refusal_ = {502, "response head cut off"};
        return response_state::malformed;
    case http1_reader::head_state::complete: break;
    }
    const auto head = reader_.head();
    head_bytes_.assign(head.begin(), head.end());
    response_ = {};
    refusal_ =
        http::parse_response_head({head_bytes_.data(), head_bytes_.size()}, method_, response_);
    if (refusal_) return response_state::malformed;
    reader_.take_head();
    if (!response_is_interim()) {
        answered_ = true;
        reader_.begin_body(response_.framing, response_.content_length, http1_reader::unlimited);
    }
    return response_state::head;
}

bool upstream_connection::request_unreceived() const {
    if (writer_.sent() == sent_before_) return true;
    // A target that read the request and then sent a reset looks the same while its ACK is delayed.
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
    return answered_ && !tunnel_ && response_.keep_alive && reader_.body_done() &&
           writer_.finished() && writer_.drained() && !writer_.failed() && fresh() &&
           reader_.quiet();
}

void upstream_connection::on_socket_ready() {
    // While idle, a readable event is a close or unexpected bytes: either way it cannot be reused.
    if (idle_ && socket_.readable()) surprised_ = true;
    if (user_) user_->on_upstream_ready();
}

} // namespace thalamus::net
