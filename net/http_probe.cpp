#include "net/http_probe.hpp"

namespace thalamus::net {

namespace {
constexpr std::size_t probe_head_limit = 16 * 1024;
}

http_probe::http_probe(reactor& home, tcp_endpoint target, std::string authority, std::string path,
                       std::chrono::milliseconds timeout, result_handler on_result)
    : home_(home),
      target_(std::move(target)),
      request_("GET " + path + " HTTP/1.1\r\nHost: " + authority +
               "\r\nUser-Agent: thalamus-health-check\r\nAccept: */*\r\nConnection: close\r\n\r\n"),
      timeout_(timeout),
      on_result_(std::move(on_result)),
      timer_(home.timers(), base::bind<&http_probe::on_timer>(this)) {}

void http_probe::begin() {
    asked_ = false;
    connection_.emplace(home_);
    connection_->lend_to(*this);
    timer_.arm(home_.now() + timeout_);
    if (!connection_->connect(target_))
        finish(connection_->lacks_resources() ? outcome::not_tried : outcome::failed);
}

void http_probe::on_upstream_ready() {
    if (!asked_) {
        switch (connection_->connected()) {
        case socket::outcome::blocked: return;
        case socket::outcome::done: break;
        default: finish(outcome::failed); return;
        }
        asked_ = true;
        connection_->send_head(request_, http::body_framing::none, 0, "GET");
        connection_->request_sink().flush();
    }
    for (;;) {
        switch (connection_->read_response(probe_head_limit)) {
        case upstream_connection::response_state::wait: return;
        case upstream_connection::response_state::head:
            if (connection_->response_is_interim()) continue;
            finish(outcome::answered, connection_->response().status);
            return;
        default: finish(outcome::failed); return;
        }
    }
}

void http_probe::finish(outcome what, unsigned status) {
    timer_.disarm();
    connection_.reset();
    on_result_(what, status);
}

} // namespace thalamus::net
