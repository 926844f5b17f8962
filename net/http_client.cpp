#include "net/http_client.hpp"

#include "config/addresses.hpp"

#include <algorithm>
#include <system_error>

namespace thalamus::net {

namespace {

constexpr std::chrono::seconds look_up_again{30}, after_failure{1};
constexpr std::size_t head_limit = 32 * 1024;

std::string host_of(const config::endpoint& server) {
    auto text = config::to_text(server);
    return server.port == 80 ? text.substr(0, text.rfind(':')) : text;
}

} // namespace

class http_client::call final : public waiting_hook, private upstream_connection::user {
public:
    call(http_client& owner, request what, time_point deadline, std::size_t longest_body,
         handler then)
        : owner_(owner),
          request_(std::move(what)),
          longest_body_(longest_body),
          then_(std::move(then)),
          timer_(
              owner.home_.timers(), [](void* self) { static_cast<call*>(self)->on_timer(); },
              this) {
        timer_.arm(deadline);
    }
    ~call() {
        stop_waiting();
        release(false);
    }

    void wait() {
        owner_.waiting_.push_back(*this);
        ++owner_.waiting_count_;
    }

    /// @pre there are addresses, and a connection may be had
    void start() {
        stop_waiting();
        address_ = owner_.addresses_[(owner_.preferred_ + tried_) % owner_.addresses_.size()];
        if (auto kept = fresh_only_ ? nullptr : address_.pool->take_idle()) {
            connection_ = std::move(kept);
            connection_->lend_to(*this);
            send();
            on_upstream_ready();
            return;
        }
        connection_ = address_.pool->make();
        connection_->lend_to(*this);
        if (!connection_->connect(address_.at)) next_address();
    }

    /// Not within the call that it is of.
    void fail_soon(failure why) {
        failure_ = std::move(why);
        timer_.arm(owner_.home_.now());
    }

private:
    using kind = failure::kind;

    void on_timer() {
        if (failure_) return finish(std::move(*failure_));
        if (complete_) return finish(std::move(answer_));
        std::string text = "no answer in time";
        if (!connection_)
            text = owner_.addresses_.empty() ? "its name is still being looked up"
                                             : "no connection became free in time";
        else if (!sent_) {
            text = "no connection in time";
            ++owner_.preferred_; // for the next one
        }
        finish(failure{kind::timeout, std::move(text)});
    }

    void next_address() {
        const int error = connection_->error();
        release(false);
        if (++tried_ < owner_.addresses_.size()) return start();
        fail_soon({kind::unconnected,
                   to_text(address_.at) + ": " + std::system_category().message(error)});
    }

    void send() {
        sent_ = true;
        std::string head = request_.method + " " + request_.target +
                           " HTTP/1.1\r\nHost: " + owner_.host_ +
                           "\r\nUser-Agent: thalamus\r\nAccept-Encoding: identity\r\n";
        for (const auto& [name, value] : request_.fields)
            head.append(name).append(": ").append(value).append("\r\n");
        const bool has_body = !request_.body.empty() || request_.method == "POST";
        if (has_body) head += "Content-Length: " + std::to_string(request_.body.size()) + "\r\n";
        head += "\r\n";
        connection_->send_head(head,
                               has_body ? http::body_framing::length : http::body_framing::none,
                               request_.body.size(), request_.method);
        written_ = 0;
        write();
    }

    void write() {
        auto& sink = connection_->request_sink();
        if (written_ < request_.body.size())
            written_ += sink.write(std::string_view(request_.body).substr(written_));
        if (written_ == request_.body.size() && !sink.finished()) sink.finish();
        sink.flush();
    }

    void on_upstream_ready() override {
        if (failure_ || !connection_) return;
        if (!sent_) {
            switch (connection_->connected()) {
            case socket::outcome::blocked: return;
            case socket::outcome::done: break;
            default: return next_address();
            }
            owner_.preferred_ = (owner_.preferred_ + tried_) % owner_.addresses_.size();
            tried_ = 0;
            send();
        }
        write();
        while (!head_read_) {
            switch (connection_->read_answer(head_limit)) {
            case upstream_connection::answer_state::wait: return;
            case upstream_connection::answer_state::malformed:
                return fail_soon({kind::malformed, std::string(connection_->refusal().reason)});
            case upstream_connection::answer_state::closed: return closed();
            case upstream_connection::answer_state::head: break;
            }
            if (!connection_->answer_is_interim()) read_head();
        }
        read_body();
    }

    void closed() {
        // Kept for the next call and closed at the same moment: the server has not begun with it.
        const bool unanswered = connection_->reused() && connection_->answer_silent();
        const bool harmless = request_.method == "GET" || connection_->request_unreceived();
        if (!unanswered || !harmless)
            return fail_soon({kind::broken, "it closed the connection before it answered"});
        release(false);
        sent_ = false;
        fresh_only_ = true;
        start();
    }

    void read_head() {
        head_read_ = true;
        const auto& from = connection_->answer();
        auto text = std::make_shared<std::string>();
        for (const auto& f : from.fields) text->append(f.name).append(f.value);
        std::string_view rest = *text;
        answer_.status = from.status;
        for (const auto& f : from.fields) {
            answer_.fields.push_back({f.id, rest.substr(0, f.name.size()),
                                      rest.substr(f.name.size(), f.value.size())});
            rest.remove_prefix(f.name.size() + f.value.size());
        }
        answer_.head = std::move(text);
    }

    void read_body() {
        const auto coding = http::find(answer_.fields, "content-encoding");
        if (!coding.empty() && !http::iequals(coding, "identity"))
            return fail_soon({kind::malformed, "its answer is encoded, unasked"});
        auto& body = connection_->answer_body();
        for (;;) {
            const auto piece = body.peek();
            switch (piece.what) {
            case body_source::state::data:
                if (answer_.body.size() + piece.bytes.size() > longest_body_)
                    return fail_soon({kind::too_big, "its answer is longer than " +
                                                         std::to_string(longest_body_) +
                                                         " bytes"});
                answer_.body += piece.bytes;
                body.consume(piece.bytes.size());
                continue;
            case body_source::state::wait: return;
            case body_source::state::end:
                complete_ = true;
                release(connection_->reusable());
                timer_.arm(owner_.home_.now());
                return;
            case body_source::state::cut_off:
                return fail_soon({kind::broken, "it closed the connection within its answer"});
            default: return fail_soon({kind::malformed, "its answer's body is malformed"});
            }
        }
    }

    void finish(result&& how) {
        timer_.disarm();
        stop_waiting();
        release(false);
        const auto then = std::move(then_);
        then(std::move(how)); // which may destroy this
    }

    void release(bool keep) {
        if (!connection_) return;
        address_.pool->give_back(std::move(connection_), keep);
        owner_.freed_.arm(owner_.home_.now());
    }

    void stop_waiting() {
        if (!is_linked()) return;
        unlink();
        --owner_.waiting_count_;
    }

    http_client& owner_;
    const request request_;
    const std::size_t longest_body_;
    handler then_;
    timer timer_;
    std::optional<failure> failure_;
    server_address address_;
    std::unique_ptr<upstream_connection> connection_;
    std::size_t tried_ = 0, written_ = 0;
    bool sent_ = false, head_read_ = false, fresh_only_ = false, complete_ = false;
    answer answer_;
};

http_client::http_client(reactor& home, config::endpoint server, settings how)
    : home_(home),
      server_(std::move(server)),
      how_(how),
      host_(host_of(server_)),
      lookup_(home, [this](const name_lookup::result& what) { resolved(what); }),
      bound_(std::make_shared<connection_bound>(how.max_connections)),
      freed_(
          home.timers(), [](void* self) { static_cast<http_client*>(self)->start_waiting(); },
          this) {
    if (const auto ip = numeric_address(server_.host)) {
        use({*ip});
        look_up_at_ = time_point::max();
    }
}

http_client::~http_client() = default;

http_client::call_handle http_client::begin(request what, time_point deadline,
                                            std::size_t longest_body, handler then) {
    call_handle made(new call(*this, std::move(what), deadline, longest_body, std::move(then)),
                     [](call* which) { delete which; });
    if (home_.now() >= look_up_at_ && !looking_up_) look_up();
    if (!addresses_.empty() && waiting_.empty() && !bound_->exhausted()) {
        made->start();
    } else if (addresses_.empty() && !looking_up_) {
        made->fail_soon({failure::kind::unresolved, lookup_error_});
    } else if (waiting_count_ >= how_.max_waiting) {
        made->fail_soon({failure::kind::overloaded, "too many calls wait for it"});
    } else {
        made->wait();
    }
    return made;
}

void http_client::look_up() {
    looking_up_ = true;
    lookup_.start(server_.host);
}

void http_client::resolved(const name_lookup::result& what) {
    looking_up_ = false;
    look_up_at_ = home_.now() + (what.addresses.empty() ? after_failure : look_up_again);
    lookup_error_ = "cannot look up " + server_.host + ": " + what.error;
    if (!what.addresses.empty()) use(what.addresses);
    start_waiting();
}

void http_client::use(const std::vector<boost::asio::ip::address>& addresses) {
    std::vector<server_address> now;
    for (const auto& ip : addresses) {
        const tcp_endpoint at(ip, server_.port);
        const auto known = std::ranges::find(addresses_, at, &server_address::at);
        if (known != addresses_.end()) now.push_back(std::move(*known));
        else
            now.push_back({at, std::make_shared<connection_pool>(home_, at, bound_, how_.idle,
                                                                 [](int) {})});
    }
    addresses_ = std::move(now);
    preferred_ = 0;
}

void http_client::start_waiting() {
    if (addresses_.empty()) {
        while (!looking_up_ && !waiting_.empty()) {
            auto& first = waiting_.front();
            first.unlink();
            --waiting_count_;
            first.fail_soon({failure::kind::unresolved, lookup_error_});
        }
        return;
    }
    while (!waiting_.empty() && !bound_->exhausted()) waiting_.front().start();
}

} // namespace thalamus::net
