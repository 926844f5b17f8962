#pragma once
// Reads a request's body whole, under a bound, for those who answer by what it says.

#include "actors/request/exchange.hpp"

#include <functional>
#include <string>

namespace thalamus::actors {

/// Keeps itself until the body is there or the exchange is over. Too large: 413; broken: 400.
class collected_body final : private exchange::holder {
public:
    using done_handler = std::function<void(const baton&, std::string_view body)>;

    static void collect(baton exchange, std::size_t limit, done_handler done) {
        auto* self = new collected_body(std::move(exchange), limit, std::move(done));
        if (self->exchange_->head().expect_continue && !self->exchange_->stream().body_arrived())
            self->exchange_->send_continue();
        self->on_stream_ready();
    }

private:
    collected_body(baton exchange, std::size_t limit, done_handler done)
        : exchange_(std::move(exchange)),
          limit_(limit),
          done_(std::move(done)) {
        exchange_->hold(this);
    }

    void on_stream_ready() override {
        auto& source = exchange_->stream().request_body();
        for (;;) {
            const auto piece = source.peek();
            switch (piece.what) {
            case net::body_source::state::wait: return;
            case net::body_source::state::data:
                if (body_.size() + piece.bytes.size() > limit_) {
                    finish([](const baton& ex, std::string_view) {
                        ex->fail(413, "request body over the limit");
                    });
                    return;
                }
                body_.append(piece.bytes);
                source.consume(piece.bytes.size());
                continue;
            case net::body_source::state::end: finish(done_); return;
            default:
                finish([](const baton& ex, std::string_view) {
                    ex->fail(400, "malformed request body");
                });
                return;
            }
        }
    }
    void on_cancelled(cause) override {
        finish([](const baton&, std::string_view) {});
    }
    void finish(const done_handler& how) {
        exchange_->hold(nullptr);
        const done_handler call = how; // `how` may be a part of this
        const baton last = std::move(exchange_);
        const std::string body = std::move(body_);
        delete this;
        call(last, body);
    }

    baton exchange_;
    const std::size_t limit_;
    const done_handler done_;
    std::string body_;
};

} // namespace thalamus::actors
