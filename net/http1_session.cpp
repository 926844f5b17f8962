#include "net/http1_session.hpp"

#include "net/recycled.hpp"

#include <boost/container/small_vector.hpp>

namespace thalamus::net {

namespace {
constexpr std::uint64_t linger_bytes = 64 * 1024;
constexpr config::milliseconds linger_time{1000};
thread_local std::string scratch; // heads are assembled here
} // namespace

/// The stream of an HTTP/1.1 session; owns the bytes that its head's views point into.
class http1_stream final : public server_stream, public recycled<http1_stream> {
public:
    using recycled<http1_stream>::operator new;
    using recycled<http1_stream>::operator delete;

    explicit http1_stream(http1_session& session) : home_(session.home_), session_(&session) {
        peer_ = session.peer_;
        account_.started = std::chrono::system_clock::now();
        account_.begun = session.begun_;
        account_.head_done = home_.now();
    }
    ~http1_stream() override {
        if (session_) session_->give_up("stream dropped");
    }

    http::refusal read(std::string_view head, std::uint32_t max_fields) {
        bytes_.assign(head.begin(), head.end());
        return http::parse_request_head({bytes_.data(), bytes_.size()}, max_fields, head_);
    }
    void refuse(const http::refusal& why) { refusal_ = why; }

    /// The session's last call.
    void close(bool complete, std::string_view why) {
        account_ = accounts();
        session_ = nullptr;
        if (auto* who = std::exchange(observer_, nullptr)) who->on_stream_closed(complete, why);
    }
    void ready() {
        if (observer_) observer_->on_stream_ready();
    }
    void trouble_ahead(trouble what) {
        if (observer_) observer_->on_stream_trouble(what);
    }

    reactor& home() override { return home_; }
    body_source& request_body() override {
        if (session_) return session_->reader_;
        return gone();
    }
    void limit_request_body(std::uint64_t bytes) override {
        if (session_) session_->reader_.limit(bytes);
    }
    bool body_arrived() const override { return !session_ || session_->reader_.body_done(); }
    bool awaits_body() const override { return session_ && session_->client_owes_body(); }
    void drop_body() override {
        if (session_) session_->drop_body();
    }

    void send_interim(unsigned status, const response_head_writer& head) override {
        if (!session_ || head_sent_ || head_.version < 11) return;
        scratch.clear();
        head.write_http1(scratch, {});
        if (status == 100) session_->continued_ = true;
        session_->writer_.append(scratch);
        session_->writer_.flush();
    }

    body_sink& send_head(const response_head_writer& head, http::body_framing framing,
                         std::uint64_t length) override {
        if (!session_) return gone();
        return session_->send_head(*this, head, framing, length);
    }
    body_sink& switch_protocols(const response_head_writer& head) override {
        if (!session_) return gone();
        head_sent_ = true;
        scratch.clear();
        head.write_http1(scratch, {});
        session_->writer_.append(scratch);
        session_->writer_.begin_raw();
        session_->reader_.begin_raw();
        session_->tunnel_ = true;
        return session_->writer_;
    }
    void end_tunnel() override {
        if (session_) session_->tunnel_ended_ = true;
    }
    void advance() override {
        if (session_) session_->run();
    }
    void abort(std::string_view why) override {
        if (session_) session_->give_up(why);
    }
    account accounts() const override {
        account a = account_;
        a.status = head_sent_ ? status_ : 0;
        if (session_) {
            a.bytes_in = session_->reader_.received() - session_->reader_.buffered() -
                         session_->received_before_;
            a.bytes_out = session_->writer_.sent() - session_->sent_before_;
        }
        return a;
    }

    void head_was_sent() { head_sent_ = true; }

private:
    /// Replaces body and sink when the client is gone.
    class nowhere final : public body_source, public body_sink {
    public:
        piece peek() override { return {state::cut_off}; }
        void consume(std::size_t) override {}
        std::size_t write(std::string_view) override { return 0; }
        void finish() override {}
        void flush() override {}
        bool drained() const override { return true; }
        bool failed() const override { return true; }
    };
    static nowhere& gone() {
        static nowhere instance;
        return instance;
    }

    reactor& home_;
    http1_session* session_;
    boost::container::small_vector<char, 1024> bytes_;
    account account_;
};

http1_session::http1_session(reactor& home, owner& who, const config::limit_settings& limits,
                             const config::timeout_settings& timeouts)
    : home_(home),
      owner_(who),
      limits_(limits),
      timeouts_(timeouts),
      socket_(home.sockets(), *this),
      reader_(socket_, home.buffers()),
      writer_(socket_, home.buffers()),
      timer_(home.timers(), base::bind<&http1_session::on_deadline>(this)) {}

http1_session::~http1_session() {
    close_after_ = true;
    // May run the session to its end, including the call to its owner.
    if (stream_ && !stream_->head_sent())
        stream_->trouble_ahead(server_stream::trouble::session_ending);
    if (stream_) {
        socket_.reset_on_close();
        std::exchange(stream_, nullptr)->close(false, "connection dropped");
    }
}

void http1_session::start(int fd) {
    peer_ = peer_of(fd);
    socket_.adopt(fd);
    opened_ = home_.now();
    arm(timeouts_.idle);
    run();
}

void http1_session::drain() { close_after_ = true; }

void http1_session::close_if_idle() {
    constexpr std::chrono::seconds until_first_request{1};
    if (!idle() || (requests_ == 0 && home_.now() < opened_ + until_first_request)) return;
    if (nothing_has_come()) close(true, {});
}

// Closing with an unread request in the socket would reset the connection and lose the request. The
// client may retry a request that is still on its way (RFC 9112 section 9.3.1).
bool http1_session::nothing_has_come() {
    socket_.look_again();
    run();
    return idle();
}

void http1_session::on_socket_ready() {
    tell_ = true;
    run();
}

// Every event that may change the state ends up here. A handler that responds within its own turn
// calls back through advance(); the loop picks that up instead of nesting.
void http1_session::run() {
    if (running_) {
        again_ = true;
        return;
    }
    running_ = true;
    do {
        again_ = false;
        bool more = true;
        while (more) {
            switch (state_) {
            case state::reading: more = read_request(); break;
            case state::responding: more = continue_response(); break;
            case state::lingering: more = linger(); break;
            case state::closed: more = false; break;
            }
        }
    } while (again_ && state_ != state::closed);
    running_ = false;
    if (state_ == state::closed && socket_.is_open()) {
        socket_.close();
        owner_.on_session_closed();
    }
}

bool http1_session::read_request() {
    const auto found = reader_.read_head(limits_.header_bytes);
    if (begun_ == time_point{} && reader_.started()) begun_ = home_.now();
    switch (found) {
    case http1_reader::head_state::wait:
        if (!reader_.started()) {
            reader_.rest();
            arm(timeouts_.idle);
        } else {
            timer_.arm(begun_ + timeouts_.header);
        }
        return false;
    case http1_reader::head_state::complete: begin_stream(); return true;
    case http1_reader::head_state::refused: refuse(reader_.refusal()); return true;
    case http1_reader::head_state::closed:
    case http1_reader::head_state::cut_off: close(false, {}); return false;
    }
    return false;
}

void http1_session::begin_stream() {
    auto stream = std::make_unique<http1_stream>(*this);
    const auto why = stream->read(reader_.head(), limits_.header_count);
    hand_over(std::move(stream), why);
}

void http1_session::refuse(const http::refusal& why) {
    if (begun_ == time_point{}) begun_ = home_.now();
    hand_over(std::make_unique<http1_stream>(*this), why);
}

void http1_session::hand_over(std::unique_ptr<http1_stream> stream, const http::refusal& why) {
    received_before_ = reader_.received() - reader_.buffered();
    sent_before_ = writer_.sent();
    ++requests_;
    const auto& head = stream->head();
    if (why) {
        // The end of this message is unknown, so nothing after it may be read as a request.
        stream->refuse(why);
        close_after_ = true;
        reader_.begin_body(http::body_framing::none, 0, 0);
    } else {
        reader_.take_head();
        if (!head.keep_alive || requests_ == limits_.requests_per_connection) close_after_ = true;
        reader_.begin_body(head.framing, head.content_length, http1_reader::unlimited);
    }
    state_ = state::responding;
    probed_ = closing_ = continued_ = tell_ = false;
    begun_ = {};
    moved_ = reader_.received() + writer_.sent();
    arm(timeouts_.body_idle);
    stream_ = stream.get();
    owner_.on_request(std::move(stream));
}

body_sink& http1_session::send_head(http1_stream& stream, const response_head_writer& head,
                                    http::body_framing framing, std::uint64_t length) {
    if (!reader_.body_done()) close_after_ = true; // an early response, and the last one

    response_framing form;
    form.version = stream.head().version;
    form.framing = framing;
    form.length = length;
    if (framing == http::body_framing::chunked || framing == http::body_framing::close) {
        form.framing = form.version >= 11 ? http::body_framing::chunked : http::body_framing::close;
        if (form.framing == http::body_framing::close) close_after_ = true;
    }
    form.close = closing_ = close_after_;
    scratch.clear();
    head.write_http1(scratch, form);
    writer_.append(scratch);
    stream.head_was_sent();
    const bool bodiless = stream.head().method == "HEAD";
    if (bodiless) form.framing = http::body_framing::none;
    writer_.begin_body(form.framing, form.framing == http::body_framing::length ? length : 0);
    return writer_;
}

bool http1_session::continue_response() {
    if (std::exchange(tell_, false)) stream_->ready();
    if (state_ != state::responding || !stream_) return true; // aborted meanwhile
    writer_.flush();
    notice_progress();
    if (writer_.failed() || socket_.broken()) {
        close(false, "client left");
        return false;
    }
    if (response_sent()) return finish_response();
    if (socket_.peer_closed()) notice_departure();
    return false;
}

void http1_session::drop_body() {
    const std::uint64_t until = reader_.body_bytes() + linger_bytes;
    while (!reader_.body_done() && reader_.body_bytes() < until) {
        const auto piece = reader_.peek();
        if (piece.what != body_source::state::data) break;
        reader_.consume(piece.bytes.size());
    }
}

bool http1_session::client_owes_body() const {
    const bool awaits_continue =
        stream_->head().expect_continue && reader_.body_bytes() == 0 && !continued_;
    return reader_.starved() && !awaits_continue;
}

void http1_session::notice_progress() {
    const std::uint64_t moved = reader_.received() + writer_.sent();
    if (moved == moved_) return;
    moved_ = moved;
    arm(timeouts_.body_idle);
}

bool http1_session::response_sent() const {
    return stream_->head_sent() && writer_.finished() && writer_.drained() &&
           (!tunnel_ || tunnel_ended_);
}

// A FIN may mean "I have sent everything" or "I am gone". The kernel of a client that is gone
// resets the connection on the next byte, so send one: before the head an interim response (RFC
// 9110 section 15.2 allows any number), after it a leading zero of the next chunk's size (RFC 9112
// section 7.1).
void http1_session::notice_departure() {
    if (probed_ || tunnel_ || !reader_.body_done() || stream_->head().version < 11) return;
    probed_ = true;
    if (!stream_->head_sent()) writer_.append("HTTP/1.1 102 Processing\r\n\r\n");
    else writer_.probe();
    writer_.flush();
}

bool http1_session::finish_response() {
    const bool body_left = !reader_.body_done();
    auto* stream = std::exchange(stream_, nullptr);
    stream->close(true, {});
    if (tunnel_) {
        close(true, {});
        return false;
    }
    if (closing_ || body_left) {
        socket_.shutdown_send();
        state_ = state::lingering;
        arm(linger_time);
        return true;
    }
    state_ = state::reading;
    return true;
}

bool http1_session::linger() {
    if (!reader_.discard(dropped_, linger_bytes)) close(true, {});
    return false;
}

void http1_session::close(bool complete, std::string_view why) {
    state_ = state::closed;
    timer_.disarm();
    if (auto* stream = std::exchange(stream_, nullptr)) stream->close(complete, why);
    if (!running_) run(); // closes the socket and notifies the owner
}

void http1_session::give_up(std::string_view why) {
    if (state_ == state::closed) return;
    if (stream_ && stream_->head_sent()) socket_.reset_on_close();
    close(false, why);
}

void http1_session::on_deadline() {
    switch (state_) {
    case state::reading:
        if (!reader_.started()) {
            if (nothing_has_come()) close(true, {});
        } else {
            refuse({408, "request head timeout"});
            run();
        }
        return;
    case state::responding: {
        if (tunnel_) return; // the upstream request has its own deadline
        arm(timeouts_.body_idle);
        const auto moved_before = moved_;
        notice_progress();
        if (moved_ != moved_before) return;
        if (!writer_.drained() || !socket_.writable()) give_up("client stalled");
        else if (!client_owes_body()) return; // the handler has deadlines for that
        else if (stream_->head_sent()) give_up("client stalled");
        else stream_->trouble_ahead(server_stream::trouble::request_stalled);
        return;
    }
    case state::lingering: close(true, {}); return;
    case state::closed: return;
    }
}

} // namespace thalamus::net
