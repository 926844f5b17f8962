#include "demo/http_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <array>
#include <ctime>
#include <utility>

namespace thalamus::demo {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::use_awaitable;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t largest_head = 64 * 1024;
constexpr std::uint64_t largest_body = 1024 * 1024;
constexpr auto idle_limit = 75s, transfer_limit = 30s, leave_limit = 5s, linger_limit = 1s,
               event_interval = 1s;

std::string http_date() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[40];
    text[std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)] = 0;
    return text;
}

request to_request(http::request<http::string_body>&& message) {
    request request{.method = std::string(message.method_string()),
                    .target = std::string(message.target()),
                    .body = std::move(message.body())};
    for (const auto& field : message)
        request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    // Absolute form names the same resource as its path.
    if (request.target.starts_with("http://")) {
        const auto path = request.target.find('/', 7);
        request.target = path == std::string::npos ? "/" : request.target.substr(path);
    }
    return request;
}

/// True if the peer sent something that is not HTTP; false if it left.
bool is_malformed(error_code error) {
    return error.category() == make_error_code(http::error::bad_method).category() &&
           error != http::error::end_of_stream && error != http::error::partial_message;
}

reply refusal_for(error_code error) {
    if (error == http::error::body_limit)
        return error_reply(413, "too_large", "a body of at most 1 MiB is taken");
    if (error == http::error::header_limit)
        return error_reply(431, "head_too_large", "a head of at most 64 KiB is taken");
    return error_reply(400, "bad_request", error.message());
}

/// Lets the peer read an error response before the close: drops what it still sends, within bounds,
/// because closing with unread bytes would reset the connection.
asio::awaitable<void> linger(beast::tcp_stream& stream) {
    error_code error;
    stream.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
    stream.expires_after(linger_limit);
    std::array<char, 16 * 1024> dropped;
    for (std::size_t total = 0; !error && total < 4 * largest_body;)
        total += co_await stream.async_read_some(asio::buffer(dropped),
                                                 asio::redirect_error(use_awaitable, error));
}

void end(beast::tcp_stream& stream) {
    error_code ignored;
    stream.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    stream.socket().close(ignored);
}

} // namespace

http_server::http_server(asio::io_context& context, server_settings settings, service& served)
    : context_(context),
      settings_(std::move(settings)),
      served_(served),
      acceptor_(context),
      last_resort_(context),
      random_(settings_.seed) {
    const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(settings_.address),
                                           settings_.port);
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(asio::socket_base::reuse_address(true));
    acceptor_.bind(endpoint);
    acceptor_.listen();
}

std::uint16_t http_server::port() const { return acceptor_.local_endpoint().port(); }

void http_server::start() { asio::co_spawn(context_, accept(), asio::detached); }

void http_server::stop() {
    if (std::exchange(stopping_, true)) return;
    error_code ignored;
    acceptor_.close(ignored);
    for (auto& one : sessions_)
        if (one.idle) end(one.stream);
    last_resort_.expires_after(leave_limit);
    last_resort_.async_wait([this](error_code error) {
        if (!error) context_.stop();
    });
    leave_if_done();
}

void http_server::leave_if_done() {
    if (stopping_ && sessions_.empty()) last_resort_.cancel();
}

asio::awaitable<void> http_server::accept() {
    while (!stopping_) {
        error_code error;
        auto socket = co_await acceptor_.async_accept(asio::redirect_error(use_awaitable, error));
        if (stopping_) break;
        if (error) { // no descriptors left: wait until others close
            asio::steady_timer pause(context_, 50ms);
            co_await pause.async_wait(asio::redirect_error(use_awaitable, error));
            continue;
        }
        socket.set_option(asio::ip::tcp::no_delay(true), error);
        const auto added =
            sessions_.insert(sessions_.end(), session{beast::tcp_stream(std::move(socket))});
        asio::co_spawn(context_, run(added), asio::detached);
    }
}

asio::awaitable<void> http_server::run(sessions::iterator session) {
    try {
        co_await converse(*session);
    } catch (const std::exception&) {
        // The peer left. Only its connection is affected.
    }
    end(session->stream);
    sessions_.erase(session);
    leave_if_done();
}

asio::awaitable<void> http_server::converse(session& self) {
    beast::flat_buffer buffer;
    bool keep_alive = true;
    while (keep_alive && !stopping_) {
        error_code error;
        http::request_parser<http::string_body> parser;
        parser.header_limit(largest_head);
        parser.body_limit(largest_body);
        self.idle = buffer.size() == 0;
        self.stream.expires_after(idle_limit);
        while (!error && !parser.is_header_done()) {
            co_await http::async_read_some(self.stream, buffer, parser,
                                           asio::redirect_error(use_awaitable, error));
            if (std::exchange(self.idle, false)) self.stream.expires_after(transfer_limit);
        }
        if (!error && !parser.is_done()) {
            if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
                http::response<http::empty_body> go_on(http::status::continue_, 11);
                co_await http::async_write(self.stream, go_on,
                                           asio::redirect_error(use_awaitable, error));
            }
            if (!error)
                co_await http::async_read(self.stream, buffer, parser,
                                          asio::redirect_error(use_awaitable, error));
        }
        const unsigned version = parser.get().version();
        if (error) {
            if (!is_malformed(error)) co_return;
            co_await send(self, refusal_for(error), false, version == 10 ? 10 : 11, false);
            co_await linger(self.stream);
            co_return;
        }
        auto message = parser.release();
        keep_alive = message.keep_alive();
        const bool head_only = message.method() == http::verb::head;
        auto request = to_request(std::move(message));
        reply response;
        if (request.target == "/healthz") {
            response = served_.handle(std::move(request));
        } else {
            if (settings_.latency > 0us) {
                self.stream.expires_never();
                asio::steady_timer wait(context_, settings_.latency);
                co_await wait.async_wait(use_awaitable);
            }
            response = fails_by_chance()
                           ? error_reply(503, "unavailable", "this service fails by --fail-rate")
                           : served_.handle(std::move(request));
        }
        self.stream.expires_after(transfer_limit);
        if (response.events)
            keep_alive = co_await send_events(self, head_only, version) && keep_alive;
        else
            keep_alive =
                co_await send(self, response, head_only, version, keep_alive && !stopping_);
    }
}

asio::awaitable<bool> http_server::send(session& self, const reply& response, bool head_only,
                                        unsigned version, bool keep_alive) {
    http::response<http::string_body> message(http::int_to_status(response.status), version);
    message.set(http::field::date, http_date());
    message.set(http::field::content_type, "application/json");
    message.set("X-Served-By", settings_.name);
    for (const auto& [name, value] : response.headers) message.insert(name, value);
    auto body =
        response.body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    message.content_length(body.size());
    if (!head_only) message.body() = std::move(body);
    message.keep_alive(keep_alive);
    error_code error;
    co_await http::async_write(self.stream, message, asio::redirect_error(use_awaitable, error));
    co_return keep_alive && !error;
}

asio::awaitable<bool> http_server::send_events(session& self, bool head_only, unsigned version) {
    http::response<http::empty_body> head(http::status::ok, version);
    head.set(http::field::date, http_date());
    head.set(http::field::content_type, "text/event-stream");
    head.set(http::field::cache_control, "no-store");
    head.set("X-Served-By", settings_.name);
    const bool chunked = version == 11;
    head.chunked(chunked);
    head.keep_alive(chunked && !stopping_);
    http::response_serializer<http::empty_body> serializer(head);
    error_code error;
    co_await http::async_write_header(self.stream, serializer,
                                      asio::redirect_error(use_awaitable, error));
    if (error || head_only) co_return !error && chunked;

    asio::steady_timer tick(context_);
    for (std::uint64_t n = 1; !stopping_; ++n) {
        const auto data = served_.event(n).dump();
        const auto event = "id: " + std::to_string(n) + "\nevent: note\ndata: " + data + "\n\n";
        self.stream.expires_after(transfer_limit);
        if (chunked)
            co_await asio::async_write(self.stream, http::make_chunk(asio::buffer(event)),
                                       asio::redirect_error(use_awaitable, error));
        else
            co_await asio::async_write(self.stream, asio::buffer(event),
                                       asio::redirect_error(use_awaitable, error));
        if (error) co_return false;
        tick.expires_after(event_interval);
        co_await tick.async_wait(use_awaitable);
    }
    if (chunked)
        co_await asio::async_write(self.stream, http::make_chunk_last(),
                                   asio::redirect_error(use_awaitable, error));
    co_return false;
}

bool http_server::fails_by_chance() {
    return settings_.fail_rate > 0 &&
           std::uniform_real_distribution<>(0, 1)(random_) < settings_.fail_rate;
}

} // namespace thalamus::demo
