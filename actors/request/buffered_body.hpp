#pragma once
// Buffers a request body, up to a limit, for handlers that need all of it.

#include "actors/request/exchange.hpp"

#include <functional>
#include <string>

namespace thalamus::actors {

/// Owns itself until the body is complete or the exchange is over. A body over the limit gets 413,
/// a malformed one 400.
class buffered_body final : private exchange::handler {
public:
    using done_handler = std::function<void(const exchange_ptr&, std::string_view body)>;

    static void collect(exchange_ptr exchange, std::size_t limit, done_handler done) {
        auto* self = new buffered_body(std::move(exchange), limit, std::move(done));
        if (self->exchange_->head().expect_continue && !self->exchange_->stream().body_arrived())
            self->exchange_->send_continue();
        self->on_stream_ready();
    }

private:
    buffered_body(exchange_ptr exchange, std::size_t limit, done_handler done)
        : exchange_(std::move(exchange)),
          limit_(limit),
          done_(std::move(done)) {
        exchange_->set_handler(this);
    }

    void on_stream_ready() override {
        auto& source = exchange_->stream().request_body();
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
    void on_cancelled(cause) override {
        finish([](const exchange_ptr&, std::string_view) {});
    }
    void finish(const done_handler& how) {
        exchange_->set_handler(nullptr);
        const done_handler call = how; // a copy: `how` may be a member of this object
        const exchange_ptr last = std::move(exchange_);
        const std::string body = std::move(body_);
        delete this;
        call(last, body);
    }

    exchange_ptr exchange_;
    const std::size_t limit_;
    const done_handler done_;
    std::string body_;
};

} // namespace thalamus::actors
