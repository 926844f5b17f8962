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
constexpr std::uint64_t bytes_per_turn = 1024 * 1024; // then others have theirs
constexpr unsigned most_interims = 32;
thread_local std::string scratch; // request heads are put together here
observe::log_limit shortage_log{1};

std::string_view text_of(balancing::failure what) {
    switch (what) {
    case balancing::failure::connect: return "no connection";
    case balancing::failure::connect_timeout: return "connect timeout";
    case balancing::failure::reset: return "closed without an answer";
    case balancing::failure::bad_answer: return "malformed answer";
    case balancing::failure::timeout: return "no answer in time";
    case balancing::failure::status: return "status 5xx";
    }
    return {};
}
} // namespace

relay::relay(upstream& owner, baton exchange)
    : owner_(owner),
      exchange_(std::move(exchange)),
      body_(exchange_->stream().request_body()),
      set_(owner.targets()),
      timer_(
          owner.context().home.timers(), [](void* self) { static_cast<relay*>(self)->on_timer(); },
          this),
      budget_(
          owner.context().home.timers(), [](void* self) { static_cast<relay*>(self)->carry_on(); },
          this) {
    exchange_->hold(this);
    owner.context().metrics.add(owner.service(), observe::service_gauge::requests_in_flight, 1);
}

relay::~relay() {
    owner_.context().metrics.add(owner_.service(), observe::service_gauge::requests_in_flight, -1);
    owner_.stop_waiting(*this);
    return_connection(false);
    if (!exchange_) return;
    exchange_->hold(nullptr);
    if (state_ == state::answering || state_ == state::tunnel)
        exchange_->break_off("upstream actor ended");
}

void relay::start() {
    if (!set_) {
        give_up(503, "no address of the service is known");
        return;
    }
    owner_.budget().count_request(owner_.context().home.now());
    const auto& head = exchange_->head();
    if (head.framing == http::body_framing::length && head.content_length <= kept_body::most_kept &&
        !head.expect_continue && owner_.connections_scarce()) {
        state_ = state::collecting;
        collect();
        return;
    }
    attempt();
}

void relay::collect() {
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

// False if no target is available: then the relay has ended.
bool relay::choose_target() {
    if (set_ != owner_.targets()) { // other addresses since: indices mean others now
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

void relay::attempt() {
    if (choose_target()) acquire_or_wait();
}

void relay::acquire_or_wait() {
    if (acquire()) return;
    end_own_time();
    if (owner_.wait(*this)) timer_.arm(in(owner_.settings().connect_timeout));
    else give_up(503, "too many requests wait for a connection");
}

// True if a connection was found or is being made (or that failed and was dealt with).
bool relay::acquire() {
    if (!fresh_only_) connection_ = pool_->take_idle();
    const bool ready = connection_ != nullptr;
    if (!ready) connection_ = pool_->make();
    if (!connection_) {
        state_ = state::waiting;
        return false;
    }
    owner_.stop_waiting(*this);
    connection_->lend_to(*this);
    ++tries_;
    auto& told = exchange_->told;
    told.target = set_->targets[target_].text;
    told.target_owner = set_;
    ++told.tries;
    auto& metrics = owner_.context().metrics;
    metrics.add(owner_.service(), observe::service_counter::tries);
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

void relay::connect_failed() {
    const char* const cause = ::strerrordesc_np(connection_->error());
    if (!connection_->lacks_resources()) {
        failed(balancing::failure::connect, cause);
        return;
    }
    observe::log_limited(shortage_log, observe::log_level::error,
                         "service {}: no connection to {}: {}", owner_.settings().name,
                         set_->targets[target_].text, cause);
    give_up(503, "the gateway cannot open a connection", cause);
}

void relay::resume_waiting() {
    // By hash the choice would be the same again: no need to make it for all who wait for a full target.
    const bool same_choice = owner_.by_hash() && set_ == owner_.targets() &&
                             set_->health.available(target_, owner_.context().home.now());
    if (same_choice && pool_->bound().exhausted()) return;
    if (choose_target()) acquire();
}

void relay::write_request(std::string& out) {
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

void relay::ask() {
    state_ = state::asking;
    auto& ex = *exchange_;
    interims_ = 0;
    scratch.clear();
    write_request(scratch);
    connection_->send_head(scratch, ex.head().framing, ex.head().content_length, ex.head().method);
    timer_.arm(in(owner_.settings().timeout));
    if (!send_body()) return; // this relay is gone
    end_own_time();
    read_answer();
}

// False if the exchange went another way.
bool relay::send_body() {
    const auto result = net::pump(body_, connection_->request_sink(), bytes_per_turn);
    switch (result.what) {
    case pump_state::finished:
        body_sent_ = true;
        if (state_ == state::asking && std::exchange(body_waited_for_, false)) {
            // The time allowed is the target's, from the end of the request on.
            timer_.arm(in(owner_.settings().timeout));
            exchange_->set_deadline(exchange_->route->timeout);
        }
        break;
    case pump_state::waiting:
        if (result.source == body_source::state::wait) body_waited_for_ = true;
        if (result.moved >= bytes_per_turn) budget_.arm(owner_.context().home.now());
        break;
    case pump_state::sink_failed:
        break; // the target may have answered before it closed: reading decides
    case pump_state::source_failed:
        if (state_ == state::answering) break_off("request body failed");
        else give_up_on_body(result.source);
        return false;
    }
    if (state_ == state::answering && result.moved > 0) timer_.arm(in(idle_));
    return true;
}

void relay::give_up_on_body(body_source::state why) {
    if (why == body_source::state::too_big) give_up(413, "request body over the limit");
    else if (why == body_source::state::malformed) give_up(400, "malformed request body");
    else give_up(400, "request body cut off");
}

void relay::on_stream_ready() {
    if (state_ == state::collecting) collect();
    else carry_on();
}

void relay::on_upstream_ready() {
    if (state_ != state::connecting) {
        carry_on();
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

void relay::carry_on() {
    switch (state_) {
    case state::asking:
        if (body_sent_ || send_body()) read_answer();
        return;
    case state::answering:
        if (body_sent_ || send_body()) carry_answer();
        return;
    case state::tunnel: carry_tunnel(); return;
    default: return;
    }
}

void relay::read_answer() {
    const auto limit = owner_.context().node.plan.snapshot().limits.answer_header_bytes;
    for (;;) {
        switch (connection_->read_answer(limit)) {
        case upstream_connection::answer_state::wait:
            if (connection_->request_sink().failed()) failed(balancing::failure::reset);
            return;
        case upstream_connection::answer_state::malformed:
            failed(balancing::failure::bad_answer, connection_->refusal().reason);
            return;
        case upstream_connection::answer_state::closed: failed(balancing::failure::reset); return;
        case upstream_connection::answer_state::head: break;
        }
        if (!connection_->answer_is_interim()) {
            answer();
            return;
        }
        if (++interims_ > most_interims) {
            failed(balancing::failure::bad_answer, "too many interim answers");
            return;
        }
        exchange_->send_interim(connection_->answer());
    }
}

void relay::answer() {
    const auto& head = connection_->answer();
    const auto& settings = owner_.settings();
    if (settings.retry && balancing::is_retried_status(*settings.retry, head.status)) {
        failed(balancing::failure::status, {}, head.status);
        return;
    }
    if (head.status == 101 && !exchange_->head().upgrade) {
        failed(balancing::failure::bad_answer, "101 to a request without Upgrade");
        return;
    }
    if (balancing::is_target_failure(head.status))
        owner_.report_failure(*set_, target_, text_of(balancing::failure::status));
    begin_answer();
}

void relay::begin_answer() {
    const auto& head = connection_->answer();
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
        state_ = state::answering;
        idle_ = timeouts.body_idle;
        sink_ = &exchange_->answer_from(head);
    }
    timer_.arm(in(idle_));
    exchange_->told.own += owner_.context().home.refresh_now() - seen;
    if (tunnel) carry_tunnel();
    else carry_answer();
}

void relay::carry_answer() {
    const auto result = net::pump(connection_->answer_body(), *sink_, bytes_per_turn);
    if (result.moved > 0) timer_.arm(in(idle_));
    client_holds_ = result.source != body_source::state::wait;
    switch (result.what) {
    case pump_state::finished:
        report_success();
        complete();
        return;
    case pump_state::source_failed:
        owner_.report_failure(*set_, target_, "answer cut off");
        owner_.context().metrics.add(owner_.service(), observe::service_counter::malformed_answers);
        break_off("answer cut off by the target");
        return;
    case pump_state::waiting:
        if (result.moved >= bytes_per_turn) budget_.arm(owner_.context().home.now());
        break;
    case pump_state::sink_failed: break; // the session sees it too, and cancels
    }
    const baton keep = exchange_; // advance() may end this relay
    keep->stream().advance();
}

void relay::carry_tunnel() {
    const auto up = net::pump(body_, connection_->request_sink(), bytes_per_turn);
    const auto down = net::pump(connection_->answer_body(), *sink_, bytes_per_turn);
    if (up.moved + down.moved > 0) timer_.arm(in(idle_));
    if (up.what == pump_state::finished) body_sent_ = true;
    if (down.what == pump_state::finished) answer_carried_ = true;
    const auto broken = [](const net::pump_result& r) {
        return r.what == pump_state::source_failed || r.what == pump_state::sink_failed;
    };
    if (broken(up) || broken(down)) {
        break_off("tunnel broken");
        return;
    }
    if (body_sent_ && answer_carried_) {
        complete();
        return;
    }
    if (up.moved >= bytes_per_turn || down.moved >= bytes_per_turn)
        budget_.arm(owner_.context().home.now());
    const baton keep = exchange_;
    keep->stream().advance();
}

void relay::report_success() {
    if (!balancing::is_target_failure(connection_->answer().status))
        owner_.report_success(*set_, target_);
}

void relay::complete() {
    tell_upstream_time();
    if (state_ == state::tunnel) exchange_->stream().end_tunnel();
    return_connection(body_sent_ && connection_->reusable());
    const baton last = let_go(); // destroys this
    last->stream().advance();
}

void relay::failed(balancing::failure what, std::string_view cause, unsigned status) {
    const auto& settings = owner_.settings();
    auto& metrics = owner_.context().metrics;
    balancing::failed_try failed;
    failed.what = what;
    failed.reused = state_ != state::connecting && connection_->reused();
    failed.unreceived = state_ == state::connecting || connection_->request_unreceived();
    failed.replayable = body_.replayable();
    failed.method = exchange_->head().method;
    failed.tries = tries_;
    failed.time_left = exchange_->time_left();
    if (what == balancing::failure::reset && !connection_->answer_silent())
        failed.what = balancing::failure::bad_answer;

    const bool stale = failed.what == balancing::failure::reset && failed.reused;
    const bool targets_fault =
        what == balancing::failure::status ? balancing::is_target_failure(status) : !stale;
    if (targets_fault) owner_.report_failure(*set_, target_, text_of(failed.what));
    if (what == balancing::failure::connect || what == balancing::failure::connect_timeout)
        metrics.add(owner_.service(), observe::service_counter::connect_failures);
    if (what == balancing::failure::timeout || what == balancing::failure::connect_timeout)
        metrics.add(owner_.service(), observe::service_counter::timeouts);
    if (failed.what == balancing::failure::bad_answer)
        metrics.add(owner_.service(), observe::service_counter::malformed_answers);

    const auto decision = balancing::decide_retry(
        settings.retry ? &*settings.retry : nullptr, failed, owner_.budget(),
        owner_.context().home.now(), owner_.context().random);
    if (decision.over_budget)
        metrics.add(owner_.service(), observe::service_counter::retries_denied_by_budget);
    if (decision.what == balancing::retry_decision::action::pass_on) {
        begin_answer(); // no other try: the client gets the answer that counts as a failure
        return;
    }
    if (decision.what == balancing::retry_decision::action::give_up) {
        give_up(decision.status, decision.reason, cause);
        return;
    }
    metrics.add(owner_.service(), observe::service_counter::retries);
    connection_->reset_on_close(); // what the kernel has not sent must not arrive after all
    return_connection(false);
    body_.rewind();
    body_sent_ = false;
    if (decision.what == balancing::retry_decision::action::retry_fresh) {
        fresh_only_ = true;
        --tries_; // it costs no attempt
        acquire_or_wait();
        return;
    }
    tried_.push_back(static_cast<std::uint32_t>(target_));
    state_ = state::backing_off;
    timer_.arm(in(decision.delay));
}

void relay::on_timer() {
    switch (state_) {
    case state::waiting: give_up(503, "no connection to a target became free"); return;
    case state::connecting: failed(balancing::failure::connect_timeout); return;
    case state::asking:
        if (exchange_->uploading(uploaded_, owner_.connections_scarce()))
            timer_.arm(in(owner_.settings().timeout));
        else if (exchange_->stream().awaits_body()) give_up(408, "request body too slow");
        else failed(balancing::failure::timeout);
        return;
    case state::backing_off: attempt(); return;
    case state::answering:
        if (client_holds_ || exchange_->stream().awaits_body()) {
            break_off("client stalled");
            return;
        }
        owner_.report_failure(*set_, target_, "answer stalled");
        break_off("answer stalled");
        return;
    case state::tunnel: break_off("tunnel idle"); return;
    case state::collecting: // the session and the exchange have deadlines for that
    case state::done: return;
    }
}

// The target is the one that the exchange waits for.
bool relay::awaits_target() const {
    return state_ == state::connecting ||
           (state_ == state::asking && !exchange_->stream().awaits_body());
}

void relay::on_cancelled(cause why) {
    if (why == cause::deadline && awaits_target()) {
        owner_.report_failure(*set_, target_, text_of(balancing::failure::timeout));
        owner_.context().metrics.add(owner_.service(), observe::service_counter::timeouts);
    }
    // A client that has enough of a long answer says nothing against the target.
    if (why == cause::client && state_ == state::answering) report_success();
    tell_upstream_time();
    return_connection(false);
    let_go();
}

void relay::give_up(unsigned status, std::string_view reason, std::string_view cause) {
    tell_upstream_time();
    return_connection(false);
    const auto retry_after = owner_.retry_after();
    const baton last = let_go(); // destroys this
    std::string_view in_log = reason;
    if (!cause.empty()) in_log = last->reason_buffer.append(reason).append(": ").append(cause);
    if (status == 503) last->fail_for(retry_after, status, in_log, reason);
    else last->fail(status, in_log, reason);
}

void relay::break_off(std::string_view reason) {
    tell_upstream_time();
    return_connection(false);
    const baton last = let_go(); // destroys this
    last->break_off(reason);
}

// From here on a target is worked on, or something is waited for.
void relay::end_own_time() {
    if (own_ended_ != net::time_point{}) return;
    own_ended_ = owner_.context().home.refresh_now();
    exchange_->told.own = own_ended_ - exchange_->stream().accounts().head_done;
}

void relay::tell_upstream_time() {
    if (own_ended_ != net::time_point{})
        exchange_->told.upstream = owner_.context().home.now() - own_ended_;
}

void relay::return_connection(bool keep) {
    if (!connection_) return;
    if (state_ == state::tunnel) {
        // An end that looks orderly would make both sides take what they got for the whole.
        if (!body_sent_ || !answer_carried_) connection_->reset_on_close();
        owner_.context().metrics.add(observe::gauge::tunnels, -1);
    }
    owner_.context().metrics.add(owner_.service(), observe::service_gauge::connections_active, -1);
    owner_.count(*set_, target_, -1);
    pool_->give_back(std::move(connection_), keep);
    owner_.connection_freed();
}

// Ends this relay; what is to be done with the exchange afterwards is done with the baton returned.
baton relay::let_go() {
    state_ = state::done;
    exchange_->hold(nullptr);
    baton last = std::move(exchange_);
    delete this;
    return last;
}

net::time_point relay::in(std::chrono::milliseconds after) const {
    return owner_.context().home.now() + after;
}

} // namespace thalamus::actors
