#include "net/http_call.hpp"

#include "net/http_client.hpp"

#include <cstring>

namespace thalamus::net {

namespace {
constexpr std::size_t head_limit = 64 * 1024;
constexpr unsigned most_interims = 32;

/// The response has an encoding that the request did not accept (RFC 9110 section 12.5.3).
bool is_encoded(const http::response_head& head) {
    for (const auto& f : head.fields)
        if (http::iequals(f.name, "content-encoding") && !f.value.empty() &&
            !http::iequals(f.value, "identity"))
            return head.framing != http::body_framing::none;
    return false;
}
} // namespace

http_call::http_call(http_client& client, http_request request, time_point deadline,
                     std::size_t max_body, handler on_result)
    : client_(&client),
      request_(std::move(request)),
      deadline_(deadline),
      max_body_(max_body),
      on_result_(std::move(on_result)),
      timer_(client.home_.timers(), base::bind<&http_call::on_timer>(this)) {
    timer_.arm(deadline_);
}

http_call::~http_call() {
    if (!client_) return;
    client_->stop_waiting(*this);
    return_connection(false);
    client_->advance();
}

void http_call::abandon() {
    client_->stop_waiting(*this);
    return_connection(false);
    detach();
    timer_.disarm();
    // The handler's captures may own this call.
    const auto last = std::exchange(on_result_, nullptr);
}

void http_call::begin(const pools& to) {
    pools_ = to;
    for (auto& pool : pools_) {
        connection_ = pool->take_idle();
        if (!connection_) continue;
        std::swap(pool, pools_.front());
        connection_->lend_to(*this);
        ask();
        return;
    }
    connect();
}

void http_call::connect() {
    connection_ = pools_[at_]->make(); // one was free, or has just been given back
    connection_->lend_to(*this);
    if (!connection_->connect(pools_[at_]->target())) {
        connect_next();
        return;
    }
    state_ = state::connecting;
    // An unresponsive address must not consume the time of the others.
    const auto now = client_->home_.now();
    timer_.arm(now + (deadline_ - now) / static_cast<int>(pools_.size() - at_));
}

void http_call::connect_next() {
    const int error = connection_->error();
    if (!connect_errors_.empty()) connect_errors_ += ", ";
    connect_errors_ += to_text(pools_[at_]->target());
    connect_errors_ += ": ";
    connect_errors_ += error != 0 ? ::strerrordesc_np(error) : "no connection in time";
    // If descriptors or memory are missing, other addresses fail too.
    if (connection_->lacks_resources() || at_ + 1 == pools_.size()) {
        fail(http_failure::kind::cannot_connect, "no connection to " + connect_errors_);
        return;
    }
    return_connection(false);
    ++at_;
    connect();
}

void http_call::on_upstream_ready() {
    if (state_ != state::connecting) {
        resume();
        return;
    }
    switch (connection_->connected()) {
    case socket::outcome::blocked: return;
    case socket::outcome::done:
        client_->prefer(pools_[at_]);
        ask();
        return;
    default: connect_next(); return;
    }
}

void http_call::ask() {
    state_ = state::awaiting_response;
    timer_.arm(deadline_);
    interims_ = 0;
    unsent_ = request_.body;
    std::string head;
    write_request_head(request_, client_->authority_, head);
    connection_->send_head(head,
                           unsent_.empty() ? http::body_framing::none : http::body_framing::length,
                           unsent_.size(), request_.method);
    resume();
}

void http_call::resume() {
    send_body();
    if (state_ == state::awaiting_response) read_head();
    else read_body();
}

void http_call::send_body() {
    auto& sink = connection_->request_sink();
    while (!unsent_.empty()) {
        const auto taken = sink.write(unsent_);
        if (taken == 0) break;
        unsent_.remove_prefix(taken);
    }
    if (unsent_.empty()) sink.finish();
    sink.flush();
}

void http_call::read_head() {
    for (;;) {
        switch (connection_->read_response(head_limit)) {
        case upstream_connection::response_state::wait:
            // The server may have responded before it closed: the request is lost only if nothing
            // arrived.
            if (connection_->request_sink().failed()) closed_without_response();
            return;
        case upstream_connection::response_state::malformed:
            fail_here(http_failure::kind::malformed, connection_->refusal().reason);
            return;
        case upstream_connection::response_state::closed: closed_without_response(); return;
        case upstream_connection::response_state::head: break;
        }
        if (!connection_->response_is_interim()) {
            begin_response();
            return;
        }
        if (++interims_ > most_interims) {
            fail_here(http_failure::kind::malformed, "too many interim responses");
            return;
        }
    }
}

void http_call::begin_response() {
    const auto& head = connection_->response();
    if (head.status == 101) {
        fail_here(http_failure::kind::malformed, "101 in response to a request without Upgrade");
        return;
    }
    if (is_encoded(head)) {
        fail_here(http_failure::kind::malformed,
                  "Content-Encoding although only identity was accepted");
        return;
    }
    if (head.framing == http::body_framing::length && head.content_length > max_body_) {
        fail_here(http_failure::kind::too_big, "body over " + std::to_string(max_body_) + " bytes");
        return;
    }
    response_.emplace(head);
    connection_->response_body().limit(max_body_);
    state_ = state::reading_response;
    read_body();
}

void http_call::read_body() {
    auto& from = connection_->response_body();
    for (;;) {
        const auto piece = from.peek();
        switch (piece.what) {
        case body_source::state::data:
            response_->body.append(piece.bytes);
            from.consume(piece.bytes.size());
            continue;
        case body_source::state::wait: return;
        case body_source::state::end:
            finish(std::move(*response_), connection_->reusable());
            return;
        case body_source::state::too_big:
            fail_here(http_failure::kind::too_big,
                      "body over " + std::to_string(max_body_) + " bytes");
            return;
        case body_source::state::malformed:
            fail_here(http_failure::kind::malformed, "malformed body");
            return;
        case body_source::state::cut_off:
            fail_here(http_failure::kind::broken, "body cut off");
            return;
        }
    }
}

// The same rules as in policies/balancing/retry.hpp for clients' requests.
void http_call::closed_without_response() {
    const bool may_repeat = request_.repeatable || request_.method == "GET" ||
                            request_.method == "HEAD" || connection_->request_unreceived();
    if (!may_repeat || !connection_->reused() || !connection_->no_response_yet()) {
        fail_here(http_failure::kind::broken, "closed without a response");
        return;
    }
    return_connection(false);
    connect();
}

void http_call::on_timer() {
    if (result_) {
        deliver();
        return;
    }
    const bool later_addresses = state_ == state::connecting && at_ + 1 < pools_.size();
    if (later_addresses && client_->home_.now() < deadline_) {
        connect_next();
        return;
    }
    switch (state_) {
    case state::waiting: fail(http_failure::kind::timeout, client_->awaited()); return;
    case state::connecting: fail_here(http_failure::kind::timeout, "no connection in time"); return;
    default: fail_here(http_failure::kind::timeout, "no response in time"); return;
    }
}

void http_call::fail(http_failure::kind what, std::string text) {
    finish(http_failure{what, std::move(text)}, false);
}

void http_call::fail_here(http_failure::kind what, std::string_view text) {
    fail(what, to_text(pools_[at_]->target()).append(": ").append(text));
}

// The handler runs in a turn of its own: never within call(), nor while the client is working.
void http_call::finish(http_result result, bool keep) {
    state_ = state::done;
    result_ = std::move(result);
    timer_.arm(client_->home_.now());
    client_->stop_waiting(*this);
    return_connection(keep);
    client_->advance();
}

void http_call::deliver() {
    const auto on_result = std::move(on_result_);
    auto result = std::move(*result_);
    result_.reset();
    detach();
    on_result(std::move(result)); // may destroy this
}

// The client and its parts may be destroyed before the owner releases this call.
void http_call::detach() {
    client_ = nullptr;
    base::list_hook<>::unlink();
    pools_.clear();
}

void http_call::return_connection(bool keep) {
    if (connection_) pools_[at_]->give_back(std::move(connection_), keep);
}

} // namespace thalamus::net
