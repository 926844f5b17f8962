#pragma once
// A small HTTP/1.1 server for the demo services: one thread, one coroutine per connection,
// keep-alive, bounded heads and bodies, server-sent events, and a graceful end.

#include "demo/service.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <chrono>
#include <cstdint>
#include <list>
#include <random>
#include <string>

namespace thalamus::demo {

struct server_settings {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;               ///< 0 = a free one
    std::string name;                     ///< sent as X-Served-By
    std::chrono::microseconds latency{0}; ///< before each response, except of /healthz
    double fail_rate = 0;   ///< 0 to 1: the share of requests that get 503, except for /healthz
    std::uint64_t seed = 1; ///< of the random numbers for fail_rate
};

/// Serves one service until stop(). Everything runs on the thread that runs the io_context.
class http_server {
public:
    /// Binds and listens. @throws boost::system::system_error if the address is taken.
    http_server(boost::asio::io_context& context, server_settings settings, service& served);

    std::uint16_t port() const;
    void start();
    /// Stops accepting, closes idle connections, and waits at most 5 s for requests in flight.
    void stop();

private:
    struct session {
        boost::beast::tcp_stream stream;
        bool idle = true; ///< no byte of the next request has arrived yet
    };
    using sessions = std::list<session>;

    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> run(sessions::iterator session);
    boost::asio::awaitable<void> converse(session& self);
    boost::asio::awaitable<bool> send_events(session& self, bool head_only, unsigned version);
    boost::asio::awaitable<bool> send(session& self, const reply& response, bool head_only,
                                      unsigned version, bool keep_alive);
    bool fails_by_chance();
    void leave_if_done();

    boost::asio::io_context& context_;
    server_settings settings_;
    service& served_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer last_resort_;
    sessions sessions_;
    std::mt19937_64 random_;
    bool stopping_ = false;
};

} // namespace thalamus::demo
