#include "actors/upstream/upstream_request.hpp"

#include "actors/upstream/upstream.hpp"
#include "observe/program_log.hpp"
#include "policies/balancing/target_health.hpp"

#include <cstring>

namespace thalamus::actors {

using net::body_source;
using net::pump_state;
using net::upstream_connection;

namespace {
constexpr std::uint64_t bytes_per_turn = 1024 * 1024; // then other streams get their turn
constexpr unsigned most_interims = 32;
thread_local std::string scratch; // request heads are built here
observe::log_limit shortage_log{1};

std::string_view text_of(balancing::failure what) {
    switch (what) {
    case balancing::failure::connect: return "no connection";
    case balancing::failure::connect_timeout: return "connect timeout";
    case balancing::failure::reset: return "closed without a response";
    case balancing::failure::malformed_response: return "malformed response";
    case balancing::failure::timeout: return "no response in time";
    case balancing::failure::status: return "status 5xx";
    }
    return {};
}
} // namespace

upstream_request::upstream_request(upstream& owner, exchange_ptr exchange)
    : owner_(owner),
      exchange_(std::move(exchange)),
      body_(exchange_->stream().request_body()),
      set_(owner.targets()),
      timer_(owner.context().home.timers(), base::bind<&upstream_request::on_timer>(this)),
      budget_(owner.context().home.timers(), base::bind<&upstream_request::resume>(this)) {
    exchange_->set_handler(this);
    owner.context().metrics.add(owner.service(), observe::service_gauge::requests_in_flight, 1);
}

upstream_request::~upstream_request() {
    owner_.context().metrics.add(owner_.service(), observe::service_gauge::requests_in_flight, -1);
    owner_.stop_waiting(*this);
    return_connection(false);
    if (!exchange_) return;
    exchange_->set_handler(nullptr);
    if (state_ == state::forwarding_response || state_ == state::tunnel)
        exchange_->abort_response("upstream actor ended");
}

void upstream_request::start() {
    if (!set_) {
        give_up(503, "no address of the service is known");
        return;
    }
    owner_.budget().count_request(owner_.context().home.now());
    const auto& head = exchange_->head();
    if (head.framing == http::body_framing::length &&
        head.content_length <= replay_buffer::most_kept && !head.expect_continue &&
        owner_.connections_scarce()) {
        state_ = state::collecting;
        collect();
        return;
    }
    attempt();
}

void upstream_request::collect() {
    const auto what = body_.collect();
    if (what == body_source::state::wait) {
        body_waited_for_ = true;
        end_own_time();
        return;
    }
    if (what != body_source::state::end) {
        give_up_on_body(what);
        return;
    }
    state_ = state::waiting;
    attempt();
}

// Returns false if no target is available; then this upstream request has ended.
bool upstream_request::choose_target() {
    if (set_ != owner_.targets()) { // the targets have changed, and their indices too
        set_ = owner_.targets();
        tried_.clear();
    }
    target_ = owner_.pick(*exchange_, tried_);
    if (target_ == balancing::balancer::none) {
        give_up(503, "no target available");
        return false;
    }
    pool_ = owner_.pool(target_);
    return true;
}

void upstream_request::attempt() {
    if (choose_target()) acquire_or_wait();
}

void upstream_request::acquire_or_wait() {
    if (acquire()) return;
    end_own_time();
    if (owner_.wait(*this)) timer_.arm(in(owner_.settings().connect_timeout));
    else give_up(503, "too many requests wait for a connection");
}

// Returns true if a connection was found or is being opened (or opening failed and was handled).
bool upstream_request::acquire() {
    if (!fresh_only_) connection_ = pool_->take_idle();
    const bool ready = connection_ != nullptr;
    if (!ready) connection_ = pool_->make();
    if (!connection_) {
        state_ = state::waiting;
        return false;
    }
    owner_.stop_waiting(*this);
    connection_->lend_to(*this);
    ++attempts_;
    auto& facts = exchange_->facts;
    facts.target = set_->targets[target_].text;
    facts.target_owner = set_;
    ++facts.attempts;
    auto& metrics = owner_.context().metrics;
    metrics.add(owner_.service(), observe::service_counter::attempts);
    metrics.add(owner_.service(), observe::service_gauge::connections_active, 1);
    owner_.count(*set_, target_, 1);
    if (ready) {
        ask();
        return true;
    }
    end_own_time();
    state_ = state::connecting;
    if (!connection_->connect(pool_->target())) {
        connect_failed();
        return true;
    }
    timer_.arm(in(owner_.settings().connect_timeout));
    return true;
}

void upstream_request::connect_failed() {
    const char* const cause = ::strerrordesc_np(connection_->error());
    if (!connection_->lacks_resources()) {
        failed(balancing::failure::connect, cause);
        return;
    }
    observe::log_limited(shortage_log, observe::log_level::error,
                         "service {}: cannot connect to {}: {}", owner_.settings().name,
                         set_->targets[target_].text, cause);
    give_up(503, "the gateway cannot open a connection", cause);
}

void upstream_request::resume_waiting() {
    // Hash balancing would pick the same full target again; skip it.
    const bool same_choice = owner_.by_hash() && set_ == owner_.targets() &&
                             set_->health.available(target_, owner_.context().home.now());
    if (same_choice && pool_->bound().exhausted()) return;
    if (choose_target()) acquire();
}

void upstream_request::write_request(std::string& out) {
    auto& ex = *exchange_;
    http::outgoing_request request;
    request.head = &ex.head();
    request.path = ex.forward_uri.path;
    request.query = ex.forward_uri.query;
    request.authority = ex.host();
    request.target_authority = set_->targets[target_].authority;
    request.client = &ex.client;
    request.request_id = ex.request_id;
    request.traceparent = ex.trace.traceparent();
    request.keep_tracestate = ex.trace.continued();
    request.framing = ex.head().framing;
    request.content_length = ex.head().content_length;
    const auto templates = ex.templates();
    request.context = &templates;
    if (ex.principal) request.identity_lines = ex.principal->identity_lines;
    std::string query;
    if (!ex.route->hidden.empty()) {
        request.hidden = ex.route->hidden;
        request.query = http::other_parameters(request.hidden, request.query, query);
    }
    http::write_request_head(*ex.forward, request, out);
}

void upstream_request::ask() {
    state_ = state::awaiting_response;
    auto& ex = *exchange_;
    interims_ = 0;
    scratch.clear();
    write_request(scratch);
    connection_->send_head(scratch, ex.head().framing, ex.head().content_length, ex.head().method);
    timer_.arm(in(owner_.settings().timeout));
    if (!send_body()) return; // this object is gone
    end_own_time();
    read_response();
}

// Returns false if this upstream request has ended.
bool upstream_request::send_body() {
    const auto result = net::pump(body_, connection_->request_sink(), bytes_per_turn);
    switch (result.what) {
    case pump_state::finished:
        body_sent_ = true;
        if (state_ == state::awaiting_response && std::exchange(body_waited_for_, false)) {
            // The target's timeout starts at the end of the request.
            timer_.arm(in(owner_.settings().timeout));
            exchange_->set_deadline(exchange_->route->timeout);
        }
        break;
    case pump_state::waiting:
        if (result.source == body_source::state::wait) body_waited_for_ = true;
        if (result.moved >= bytes_per_turn) budget_.arm(owner_.context().home.now());
        break;
    case pump_state::sink_failed:
        break; // the target may have responded before it closed: reading decides
    case pump_state::source_failed:
        if (state_ == state::forwarding_response) abort_response("request body failed");
        else give_up_on_body(result.source);
        return false;
    }
    if (state_ == state::forwarding_response && result.moved > 0) timer_.arm(in(idle_));
    return true;
}

void upstream_request::give_up_on_body(body_source::state why) {
    if (why == body_source::state::too_big) give_up(413, "request body over the limit");
    else if (why == body_source::state::malformed) give_up(400, "malformed request body");
    else give_up(400, "request body cut off");
}

void upstream_request::on_stream_ready() {
    if (state_ == state::collecting) collect();
    else resume();
}

void upstream_request::on_upstream_ready() {
    if (state_ != state::connecting) {
        resume();
        return;
    }
    switch (connection_->connected()) {
    case net::socket::outcome::blocked: return;
    case net::socket::outcome::done:
        owner_.context().metrics.add(owner_.service(),
                                     observe::service_counter::connections_opened);
        ask();
        return;
    default: connect_failed(); return;
    }
}

void upstream_request::resume() {
    switch (state_) {
    case state::awaiting_response:
        if (body_sent_ || send_body()) read_response();
        return;
    case state::forwarding_response:
        if (body_sent_ || send_body()) forward_response_body();
        return;
    case state::tunnel: carry_tunnel(); return;
    default: return;
    }
}

void upstream_request::read_response() {
    const auto limit = owner_.context().node.plan.snapshot().limits.answer_header_bytes;
    for (;;) {
        switch (connection_->read_response(limit)) {
        case upstream_connection::response_state::wait:
            if (connection_->request_sink().failed()) failed(balancing::failure::reset);
            return;
        case upstream_connection::response_state::malformed:
            failed(balancing::failure::malformed_response, connection_->refusal().reason);
            return;
        case upstream_connection::response_state::closed: failed(balancing::failure::reset); return;
        case upstream_connection::response_state::head: break;
        }
        if (!connection_->response_is_interim()) {
            begin_forwarding();
            return;
        }
        if (++interims_ > most_interims) {
            failed(balancing::failure::malformed_response, "too many interim responses");
            return;
        }
        exchange_->send_interim(connection_->response());
    }
}

void upstream_request::begin_forwarding() {
    const auto& head = connection_->response();
    const auto& settings = owner_.settings();
    if (settings.retry && balancing::is_retried_status(*settings.retry, head.status)) {
        failed(balancing::failure::status, {}, head.status);
        return;
    }
    if (head.status == 101 && !exchange_->head().upgrade) {
        failed(balancing::failure::malformed_response,
               "101 in response to a request without Upgrade");
        return;
    }
    if (balancing::is_target_failure(head.status))
        owner_.report_failure(*set_, target_, text_of(balancing::failure::status));
    begin_response();
}

void upstream_request::begin_response() {
    const auto& head = connection_->response();
    const auto& timeouts = owner_.context().node.plan.snapshot().timeouts;
    const auto seen = owner_.context().home.now();
    const bool tunnel = head.status == 101;
    body_.stop_keeping();
    if (tunnel) {
        state_ = state::tunnel;
        idle_ = timeouts.tunnel_idle;
        sink_ = &exchange_->switch_protocols(head);
        connection_->begin_tunnel();
        body_sent_ = false;
        owner_.report_success(*set_, target_);
        owner_.context().metrics.add(observe::gauge::tunnels, 1);
    } else {
        state_ = state::forwarding_response;
        idle_ = timeouts.body_idle;
        sink_ = &exchange_->start_response(head);
    }
    timer_.arm(in(idle_));
    exchange_->facts.own += owner_.context().home.refresh_now() - seen;
    if (tunnel) carry_tunnel();
    else forward_response_body();
}

void upstream_request::forward_response_body() {
    const auto result = net::pump(connection_->response_body(), *sink_, bytes_per_turn);
    if (result.moved > 0) timer_.arm(in(idle_));
    client_blocks_ = result.source != body_source::state::wait;
    switch (result.what) {
    case pump_state::finished:
        report_success();
        complete();
        return;
    case pump_state::source_failed:
        owner_.report_failure(*set_, target_, "response cut off");
        owner_.context().metrics.add(owner_.service(),
                                     observe::service_counter::malformed_responses);
        abort_response("response cut off by the target");
        return;
    case pump_state::waiting:
        if (result.moved >= bytes_per_turn) budget_.arm(owner_.context().home.now());
        break;
    case pump_state::sink_failed: break; // the session sees the failure too, and cancels
    }
    const exchange_ptr keep = exchange_; // advance() may destroy this object
    keep->stream().advance();
}

void upstream_request::carry_tunnel() {
    const auto up = net::pump(body_, connection_->request_sink(), bytes_per_turn);
    const auto down = net::pump(connection_->response_body(), *sink_, bytes_per_turn);
    if (up.moved + down.moved > 0) timer_.arm(in(idle_));
    if (up.what == pump_state::finished) body_sent_ = true;
    if (down.what == pump_state::finished) response_forwarded_ = true;
    const auto broken = [](const net::pump_result& r) {
        return r.what == pump_state::source_failed || r.what == pump_state::sink_failed;
    };
    if (broken(up) || broken(down)) {
        abort_response("tunnel broken");
        return;
    }
    if (body_sent_ && response_forwarded_) {
        complete();
        return;
    }
    if (up.moved >= bytes_per_turn || down.moved >= bytes_per_turn)
        budget_.arm(owner_.context().home.now());
    const exchange_ptr keep = exchange_;
    keep->stream().advance();
}

void upstream_request::report_success() {
    if (!balancing::is_target_failure(connection_->response().status))
        owner_.report_success(*set_, target_);
}

void upstream_request::complete() {
    tell_upstream_time();
    if (state_ == state::tunnel) exchange_->stream().end_tunnel();
    return_connection(body_sent_ && connection_->reusable());
    const exchange_ptr last = detach(); // destroys this object
    last->stream().advance();
}

void upstream_request::failed(balancing::failure what, std::string_view cause, unsigned status) {
    const auto& settings = owner_.settings();
    auto& metrics = owner_.context().metrics;
    balancing::failed_attempt failed;
    failed.failure = what;
    failed.reused = state_ != state::connecting && connection_->reused();
    failed.unreceived = state_ == state::connecting || connection_->request_unreceived();
    failed.replayable = body_.replayable();
    failed.method = exchange_->head().method;
    failed.attempts = attempts_;
    failed.time_left = exchange_->time_left();
    if (what == balancing::failure::reset && !connection_->no_response_yet())
        failed.failure = balancing::failure::malformed_response;

    const bool stale = failed.failure == balancing::failure::reset && failed.reused;
    const bool targets_fault =
        what == balancing::failure::status ? balancing::is_target_failure(status) : !stale;
    if (targets_fault) owner_.report_failure(*set_, target_, text_of(failed.failure));
    if (what == balancing::failure::connect || what == balancing::failure::connect_timeout)
        metrics.add(owner_.service(), observe::service_counter::connect_failures);
    if (what == balancing::failure::timeout || what == balancing::failure::connect_timeout)
        metrics.add(owner_.service(), observe::service_counter::timeouts);
    if (failed.failure == balancing::failure::malformed_response)
        metrics.add(owner_.service(), observe::service_counter::malformed_responses);

    const auto decision = balancing::decide_retry(
        settings.retry ? &*settings.retry : nullptr, failed, owner_.budget(),
        owner_.context().home.now(), owner_.context().random);
    if (decision.over_budget)
        metrics.add(owner_.service(), observe::service_counter::retries_denied_by_budget);
    if (decision.result == balancing::retry_decision::action::pass_on) {
        begin_response(); // no more attempts: the client gets the failed response
        return;
    }
    if (decision.result == balancing::retry_decision::action::give_up) {
        give_up(decision.status, decision.reason, cause);
        return;
    }
    metrics.add(owner_.service(), observe::service_counter::retries);
    connection_->reset_on_close(); // bytes that the kernel has not sent must not arrive
    return_connection(false);
    body_.rewind();
    body_sent_ = false;
    if (decision.result == balancing::retry_decision::action::retry_fresh) {
        fresh_only_ = true;
        --attempts_; // this retry does not count as an attempt
        acquire_or_wait();
        return;
    }
    tried_.push_back(static_cast<std::uint32_t>(target_));
    state_ = state::backing_off;
    timer_.arm(in(decision.delay));
}

void upstream_request::on_timer() {
    switch (state_) {
    case state::waiting: give_up(503, "no connection to a target became free"); return;
    case state::connecting: failed(balancing::failure::connect_timeout); return;
    case state::awaiting_response:
        if (exchange_->uploading(uploaded_, owner_.connections_scarce()))
            timer_.arm(in(owner_.settings().timeout));
        else if (exchange_->stream().awaits_body()) give_up(408, "request body too slow");
        else failed(balancing::failure::timeout);
        return;
    case state::backing_off: attempt(); return;
    case state::forwarding_response:
        if (client_blocks_ || exchange_->stream().awaits_body()) {
            abort_response("client stalled");
            return;
        }
        owner_.report_failure(*set_, target_, "response stalled");
        abort_response("response stalled");
        return;
    case state::tunnel: abort_response("tunnel idle"); return;
    case state::collecting: // the session and the exchange have deadlines for the body
    case state::done: return;
    }
}

// Whether the exchange is waiting for the target.
bool upstream_request::awaits_target() const {
    return state_ == state::connecting ||
           (state_ == state::awaiting_response && !exchange_->stream().awaits_body());
}

void upstream_request::on_cancelled(cause why) {
    if (why == cause::deadline && awaits_target()) {
        owner_.report_failure(*set_, target_, text_of(balancing::failure::timeout));
        owner_.context().metrics.add(owner_.service(), observe::service_counter::timeouts);
    }
    // A client that aborts a long response is not a target failure.
    if (why == cause::client && state_ == state::forwarding_response) report_success();
    tell_upstream_time();
    return_connection(false);
    detach();
}

void upstream_request::give_up(unsigned status, std::string_view reason, std::string_view cause) {
    tell_upstream_time();
    return_connection(false);
    const auto retry_after = owner_.retry_after();
    const exchange_ptr last = detach(); // destroys this object
    std::string_view in_log = reason;
    if (!cause.empty()) in_log = last->reason_buffer.append(reason).append(": ").append(cause);
    if (status == 503) last->fail_for(retry_after, status, in_log, reason);
    else last->fail(status, in_log, reason);
}

void upstream_request::abort_response(std::string_view reason) {
    tell_upstream_time();
    return_connection(false);
    const exchange_ptr last = detach(); // destroys this object
    last->abort_response(reason);
}

// Ends the gateway time: from here on the exchange waits for a target, a connection or the body.
void upstream_request::end_own_time() {
    if (gateway_part_ended_ != net::time_point{}) return;
    gateway_part_ended_ = owner_.context().home.refresh_now();
    exchange_->facts.own = gateway_part_ended_ - exchange_->stream().accounts().head_done;
}

void upstream_request::tell_upstream_time() {
    if (gateway_part_ended_ != net::time_point{})
        exchange_->facts.upstream = owner_.context().home.now() - gateway_part_ended_;
}

void upstream_request::return_connection(bool keep) {
    if (!connection_) return;
    if (state_ == state::tunnel) {
        // An orderly close would make both sides take the bytes so far as complete.
        if (!body_sent_ || !response_forwarded_) connection_->reset_on_close();
        owner_.context().metrics.add(observe::gauge::tunnels, -1);
    }
    owner_.context().metrics.add(owner_.service(), observe::service_gauge::connections_active, -1);
    owner_.count(*set_, target_, -1);
    pool_->give_back(std::move(connection_), keep);
    owner_.connection_freed();
}

// Destroys this upstream request; the caller goes on with the exchange_ptr that is returned.
exchange_ptr upstream_request::detach() {
    state_ = state::done;
    exchange_->set_handler(nullptr);
    exchange_ptr last = std::move(exchange_);
    delete this;
    return last;
}

net::time_point upstream_request::in(std::chrono::milliseconds after) const {
    return owner_.context().home.now() + after;
}

} // namespace thalamus::actors
