#pragma once
// Base of a request that waits in a stage, for a lookup or the rest of its body. It has nobody to
// own it: created by `new`, it deletes itself when it need not wait any more or when the client is
// gone. What waits for a lookup is in a list of its actor too, which deletes it in on_exit(): the
// client then gets 503, as exchange_ptr says. On the reactor of its exchange only.

#include "actors/request/exchange.hpp"

#include <utility>

namespace thalamus::actors {

class waiting_request : private exchange::handler {
public:
    waiting_request(const waiting_request&) = delete;
    waiting_request& operator=(const waiting_request&) = delete;

protected:
    explicit waiting_request(exchange_ptr exchange) : exchange_(std::move(exchange)) {
        exchange_->set_handler(this);
    }
    virtual ~waiting_request() {
        if (exchange_) exchange_->set_handler(nullptr);
    }

    exchange& waiting() const { return *exchange_; }
    /// Ends the wait: the next stage sets its own handler. The caller then deletes this object.
    exchange_ptr take_exchange() {
        exchange_->set_handler(nullptr);
        return std::move(exchange_);
    }

    void on_stream_ready() override {}

private:
    void on_cancelled(cause) final { delete this; }

    exchange_ptr exchange_;
};

} // namespace thalamus::actors
