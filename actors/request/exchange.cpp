#include "actors/request/exchange.hpp"

#include "http/host_name.hpp"
#include "observe/access_log.hpp"

#include <charconv>

namespace thalamus::actors {

namespace {
constexpr std::size_t inline_body = 16 * 1024; // larger local bodies are streamed
// Bytes that must arrive per deadline period for the deadline to be extended.
constexpr std::uint64_t least_upload = 16 * 1024, least_upload_if_others_wait = 256 * 1024;

class continue_head final : public net::response_head_writer {
    void write_http1(std::string& out, const net::response_framing&) const override {
        out.append("HTTP/1.1 100 Continue\r\n\r\n");
    }
};
} // namespace

/// The head of a local response; a short body is written with it.
class exchange::own_head final : public net::response_head_writer {
public:
    own_head(exchange& of, unsigned status, std::span<const http::own_field> fields)
        : of_(of),
          status_(status),
          fields_(fields) {}

    std::string_view body, detail, instance, lines;
    bool problem = false, without_body = false, preflight = false;
    unsigned status() const { return status_; }

    void write_http1(std::string& out, const net::response_framing& form) const override {
        http::local_response respond;
        respond.status = status_;
        respond.request_id = of_.request_id;
        respond.date = of_.context_.date();
        respond.fields = fields_;
        respond.lines = lines;
        respond.limits = of_.limits;
        const auto templates = of_.templates();
        if (of_.route) {
            if (!preflight) respond.cors = of_.route->cors_or_null();
            respond.origin = http::find(of_.head().fields, http::field_id::origin);
            respond.edits = &of_.route->response_edits;
            respond.context = &templates;
        }
        respond.head_only = without_body || of_.head().method == "HEAD";
        respond.close = form.close;
        respond.client_version = form.version;
        if (problem) http::write_problem(respond, instance, detail, out);
        else http::write_local_response(respond, body, out);
    }

private:
    exchange& of_;
    unsigned status_;
    std::span<const http::own_field> fields_;
};

/// The head of a target's response, as forwarded to the client.
class exchange::target_head final : public net::response_head_writer {
public:
    target_head(exchange& of, const http::response_head& head, std::string_view date)
        : of_(of),
          head_(head),
          date_(date) {}

    void write_http1(std::string& out, const net::response_framing& form) const override {
        http::outgoing_response response;
        response.head = &head_;
        const auto templates = of_.templates();
        response.edits = &of_.route->response_edits;
        response.cors = of_.route->cors_or_null();
        if (response.cors) response.origin = http::find(of_.head().fields, http::field_id::origin);
        response.context = &templates;
        response.limits = of_.limits;
        response.request_id = of_.request_id;
        response.date = date_;
        response.framing = form.framing;
        response.content_length = form.length;
        response.describes_body = of_.head().method == "HEAD" || head_.status == 304;
        response.close = form.close;
        response.client_version = form.version;
        http::write_response_head(response, out);
    }

private:
    exchange& of_;
    const http::response_head& head_;
    std::string_view date_;
};

/// Streams a large local body as fast as the client takes it.
class exchange::large_body final : public exchange::handler, public net::body_source {
public:
    large_body(exchange& of, std::string_view bytes) : of_(of), bytes_(bytes) {}

    void begin(net::body_sink& to) {
        sink_ = &to;
        of_.set_handler(this);
        on_stream_ready();
        of_.stream().advance();
    }
    void on_stream_ready() override {
        if (sink_) net::pump(*this, *sink_, bytes_.size() + 1);
    }
    void on_cancelled(cause) override { sink_ = nullptr; }
    piece peek() override {
        if (bytes_.empty()) return {state::end};
        return {state::data, bytes_};
    }
    void consume(std::size_t n) override { bytes_.remove_prefix(n); }

private:
    exchange& of_;
    net::body_sink* sink_ = nullptr;
    std::string_view bytes_;
};

exchange::exchange(reactor_context& context, std::unique_ptr<net::server_stream> stream,
                   origin from)
    : context_(context),
      stream_(std::move(stream)),
      deadline_timer_(context.home.timers(), base::bind<&exchange::on_deadline>(this)),
      origin_(from) {
    stream_->observe(this);
    if (origin_ == origin::admin) return;
    context_.metrics.add(observe::gauge::exchanges_in_flight, 1);
    context_.node.exchanges.fetch_add(1, std::memory_order_relaxed);
}

exchange::~exchange() = default;

http::template_context exchange::templates() const {
    http::template_context from;
    from.captures = &captures;
    from.fields = &stream_->head().fields;
    from.query = uri.query;
    from.client_ip = client_text.view();
    from.host = http::without_port(http::authority_of(stream_->head()));
    if (principal) {
        from.consumer = principal->name;
        from.claims = principal.get();
    }
    return from;
}

void exchange::set_deadline(std::chrono::milliseconds after) {
    time_allowed_ = after;
    deadline_ = context_.home.now() + after;
    deadline_timer_.arm(deadline_);
}

bool exchange::uploading(std::uint64_t& seen, bool others_wait) const {
    if (stream_->body_arrived()) return false;
    const auto received = stream_->accounts().bytes_in;
    if (received - seen < (others_wait ? least_upload_if_others_wait : least_upload)) return false;
    seen = received;
    return true;
}

std::chrono::milliseconds exchange::time_left() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - context_.home.now());
}

void exchange::send_own(const own_head& head, std::string_view body) {
    deadline_timer_.disarm();
    if (request_id.empty()) { // responding before any stage saw the request
        made_id = http::make_request_id(context_.random);
        request_id = made_id.view();
    }
    stream_->set_status(head.status());
    stream_->drop_body();
    const bool body_follows = head.without_body && this->head().method != "HEAD";
    auto& sink = stream_->send_head(
        head, body_follows ? http::body_framing::length : http::body_framing::none, body.size());
    if (!body_follows) {
        sink.finish();
        sink.flush();
        stream_->advance();
        return;
    }
    large_body_ = std::make_unique<large_body>(*this, body);
    large_body_->begin(sink);
}

void exchange::fail(unsigned status, std::string_view reason, std::string_view detail,
                    std::span<const http::own_field> fields) {
    if (decided()) return;
    const exchange_ptr self(this);
    facts.reason = reason;
    const http::own_field soon{"Retry-After", "1"};
    if (status == 503 && fields.empty()) fields = std::span(&soon, 1);
    own_head head(*this, status, fields);
    head.problem = true;
    head.detail = detail.empty() ? reason : detail;
    const auto target = this->head().target;
    head.instance = uri.path.empty() ? target.substr(0, target.find('?')) : uri.path;
    send_own(head, {});
}

void exchange::fail_for(std::chrono::seconds retry_after, unsigned status, std::string_view reason,
                        std::string_view detail) {
    char text[20];
    const auto end = std::to_chars(text, text + sizeof text, retry_after.count()).ptr;
    const http::own_field field{"Retry-After", {text, static_cast<std::size_t>(end - text)}};
    fail(status, reason, detail, std::span(&field, 1));
}

void exchange::respond(unsigned status, std::span<const http::own_field> fields,
                       std::string_view body) {
    if (decided()) return;
    const exchange_ptr self(this);
    own_head head(*this, status, fields);
    head.body = body;
    head.without_body = body.size() > inline_body;
    send_own(head, body);
}

void exchange::respond_copy(unsigned status, std::span<const http::own_field> fields,
                            std::string body) {
    copied_body_ = std::move(body);
    respond(status, fields, copied_body_);
}

void exchange::respond_to_preflight() {
    const exchange_ptr self(this);
    std::string lines;
    route->cors->append_preflight_fields(head(), lines);
    own_head head(*this, 204, {});
    head.lines = lines;
    head.preflight = true;
    send_own(head, {});
}

void exchange::send_interim(const http::response_head& head) {
    if (!decided()) stream_->send_interim(head.status, target_head(*this, head, {}));
}

void exchange::send_continue() {
    if (!decided()) stream_->send_interim(100, continue_head());
}

net::body_sink& exchange::start_response(const http::response_head& head) {
    deadline_timer_.disarm();
    stream_->set_status(head.status);
    return stream_->send_head(target_head(*this, head, context_.date()), head.framing,
                              head.content_length);
}

net::body_sink& exchange::switch_protocols(const http::response_head& head) {
    deadline_timer_.disarm();
    stream_->set_status(head.status);
    return stream_->switch_protocols(target_head(*this, head, context_.date()));
}

void exchange::abort_response(std::string_view reason) {
    const exchange_ptr self(this);
    if (facts.reason.empty()) facts.reason = reason;
    stream_->abort(reason);
}

void exchange::on_stream_ready() {
    if (handler_) handler_->on_stream_ready();
}

void exchange::cancel(handler::cause why) {
    if (auto* who = std::exchange(handler_, nullptr)) who->on_cancelled(why);
}

void exchange::on_stream_trouble(net::server_stream::trouble what) {
    const exchange_ptr self(this);
    cancel(handler::cause::client);
    if (what == net::server_stream::trouble::request_stalled) fail(408, "request body timeout");
    else fail(503, "connection actor ended");
}

void exchange::on_deadline() {
    if (uploading(uploaded_)) {
        set_deadline(time_allowed_);
        return;
    }
    const exchange_ptr self(this);
    const bool clients_fault = stream_->awaits_body();
    cancel(clients_fault ? handler::cause::client : handler::cause::deadline);
    if (clients_fault) fail(408, "request body too slow");
    else fail(504, "request timeout");
}

void exchange::on_stream_closed(bool complete, std::string_view why) {
    const exchange_ptr self(this);
    over_ = true;
    deadline_timer_.disarm();
    cancel(handler::cause::client);
    if (origin_ == origin::client) report(complete, why);
}

void exchange::on_last_reference() {
    // A response may end the stream and thus delete this exchange, but not during this call.
    references_.store(1, std::memory_order_relaxed);
    if (!decided()) fail(503, "internal fault: exchange dropped");
    references_.store(0, std::memory_order_relaxed);
    if (over_) delete this;
}

void exchange::report(bool complete, std::string_view why) {
    const auto account = stream_->accounts();
    const auto& head = stream_->head();
    const auto& snapshot = context_.node.plan.snapshot();
    observe::exchange_record record;
    record.started = account.started;
    record.request_id = request_id;
    record.client = client_text.view();
    record.method = head.method;
    record.path = head.target;
    std::string without_credentials;
    const auto mark = std::min(head.target.find('?'), head.target.size());
    if (const auto& hidden = context_.node.plan.query_credentials();
        !hidden.empty() && mark < head.target.size()) {
        std::string query;
        without_credentials.append(head.target, 0, mark)
            .append(http::other_parameters(hidden, head.target.substr(mark), query));
        record.path = without_credentials;
    }
    if (principal) record.consumer = principal->id;
    record.host = http::authority_of(head);
    record.user_agent = http::find(head.fields, "user-agent");
    record.version = head.version;
    record.status = account.status;
    record.bytes_in = account.bytes_in;
    record.bytes_out = account.bytes_out;
    record.total = context_.home.refresh_now() - account.begun;
    record.upstream = facts.upstream;
    record.own = facts.own.count() ? facts.own : record.total - record.upstream;
    record.target = facts.target;
    record.attempts = facts.attempts;
    record.complete = complete;
    record.reason = !facts.reason.empty() ? facts.reason : why;
    record.route_index = route_index;
    record.service_index = service_index;
    if (route) record.route = route->settings->id;
    if (service_index != observe::no_index) record.service = snapshot.services[service_index].name;
    context_.metrics.exchange_finished(record);
    context_.metrics.add(observe::gauge::exchanges_in_flight, -1);
    context_.node.access_log.write(context_.home.index(), record);
    context_.node.exchanges.fetch_sub(1, std::memory_order_relaxed);
}

} // namespace thalamus::actors
