#pragma once
// Buffers a request body, up to a limit, for handlers that need all of it.

#include "actors/request/waiting_request.hpp"

#include <functional>
#include <string>

namespace thalamus::actors {

/// Waits until the body is complete or the client is gone. A body over the limit gets 413, a
/// malformed one 400.
class buffered_body final : private waiting_request {
public:
    using done_handler = std::function<void(const exchange_ptr&, std::string_view body)>;

    static void collect(exchange_ptr exchange, std::size_t limit, done_handler done) {
        auto* self = new buffered_body(std::move(exchange), limit, std::move(done));
        auto& ex = self->waiting();
        if (ex.head().expect_continue && !ex.stream().body_arrived()) ex.send_continue();
        self->on_stream_ready();
    }

private:
    buffered_body(exchange_ptr exchange, std::size_t limit, done_handler done)
        : waiting_request(std::move(exchange)),
          limit_(limit),
          done_(std::move(done)) {}

    void on_stream_ready() override {
        auto& source = waiting().stream().request_body();
        for (;;) {
            const auto piece = source.peek();
            switch (piece.what) {
            case net::body_source::state::wait: return;
            case net::body_source::state::data:
                if (body_.size() + piece.bytes.size() > limit_) {
                    finish([](const exchange_ptr& ex, std::string_view) {
                        ex->fail(413, "request body over the limit");
                    });
                    return;
                }
                body_.append(piece.bytes);
                source.consume(piece.bytes.size());
                continue;
            case net::body_source::state::end: finish(done_); return;
            default:
                finish([](const exchange_ptr& ex, std::string_view) {
                    ex->fail(400, "malformed request body");
                });
                return;
            }
        }
    }
    void finish(done_handler done) {
        const auto exchange = take_exchange();
        const auto body = std::move(body_);
        delete this;
        done(exchange, body);
    }

    const std::size_t limit_;
    const done_handler done_;
    std::string body_;
};

} // namespace thalamus::actors
