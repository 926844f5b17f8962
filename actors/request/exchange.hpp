#pragma once
// One request and its answer: what is known of the request, every decision taken, and the way to
// answer. It is passed from actor to actor as a baton; whoever holds the baton decides next. When
// the last baton goes and nothing was answered (an actor died, a fault) the client gets 503: no
// client ever hangs on an internal fault.
//
// Lives as long as its stream is open or a baton exists. Its reactor's thread only, though a baton
// may be dropped while actors are shut down.

#include "actors/context.hpp"
#include "http/canonical_path.hpp"
#include "http/client_address.hpp"
#include "http/ip_address.hpp"
#include "http/request_id.hpp"
#include "http/rewrite.hpp"
#include "http/trace_context.hpp"
#include "net/recycled.hpp"
#include "net/server_stream.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <memory>
#include <span>
#include <string>
#include <utility>

namespace thalamus::actors {

class exchange final : private net::server_stream::observer, public net::recycled<exchange> {
public:
    using net::recycled<exchange>::operator new;
    using net::recycled<exchange>::operator delete;

    /// Whoever moves bytes for an exchange. Detached by the exchange before it is gone.
    class holder {
    public:
        /// The client's side can move: more of the request's body, or room for the answer.
        virtual void on_stream_ready() = 0;
        enum class cause : unsigned char { client, deadline };
        /// Nothing more is to be done for this exchange: the client left or stalls, or its deadline
        /// has passed and the gateway answers. Give everything up.
        virtual void on_cancelled(cause why) = 0;

    protected:
        ~holder() = default;
    };

    /// Of a client of the gateway, or of the admin port (then it is not logged or counted).
    enum class origin : unsigned char { client, admin };

    exchange(reactor_context& context, std::unique_ptr<net::server_stream> stream, origin from);

    // -- the request -----------------------------------------------------------------------------
    net::server_stream& stream() { return *stream_; }
    const http::request_head& head() const { return stream_->head(); }
    reactor_context& context() { return context_; }
    http::request_uri uri;
    std::string path_buffer; ///< uri.path may point here
    http::client_address client;
    base::ip_text client_text;
    std::string_view request_id; ///< points into the head or made_id
    http::request_id made_id;
    http::trace_context trace;
    http::capture_list captures;
    std::size_t route_index = observe::no_index;
    const routing::route_plan* route = nullptr;
    std::size_t service_index = observe::no_index;
    const http::forward_plan* forward = nullptr;
    http::rewritten_uri forward_uri; ///< what the target sees; may point into rewrite_buffer
    std::string rewrite_buffer;
    std::shared_ptr<const auth::principal> principal; ///< null: nobody was authenticated
    http::limit_fields limits; ///< for the answer; may point into the two below
    std::string limit_policy, limit_state;
    std::string_view host() const { return http::authority_of(head()); }
    http::template_context templates() const;

    // -- deadline --------------------------------------------------------------------------------
    /// Of the whole, till the answer's head. While the request's body still comes, as fast as
    /// uploading() asks, it moves on by the same time.
    void set_deadline(std::chrono::milliseconds after);
    std::chrono::milliseconds time_left() const;
    /// The body is not complete, and at least 16 KiB of it, or 256 KiB if many wait for what it holds,
    /// have come since `seen`, which is moved up.
    bool uploading(std::uint64_t& seen, bool others_wait = false) const;

    // -- the answer ------------------------------------------------------------------------------
    bool answered() const { return stream_->head_sent(); }
    /// The answer is on its way or sent, or the client is gone: nothing is left to be decided.
    bool decided() const { return over_ || answered(); }
    /// A problem detail. `reason` goes to the log: static text, or kept in reason_buffer. A 503 gets
    /// a Retry-After if it comes without fields.
    void fail(unsigned status, std::string_view reason, std::string_view detail = {},
              std::span<const http::own_field> fields = {});
    /// fail() with a Retry-After.
    void fail_for(std::chrono::seconds retry_after, unsigned status, std::string_view reason,
                  std::string_view detail = {});
    /// An answer of the gateway's own; a long `body` must outlive the exchange (see answer_copy()).
    void answer(unsigned status, std::span<const http::own_field> fields, std::string_view body);
    void answer_copy(unsigned status, std::span<const http::own_field> fields, std::string body);
    void answer_preflight();
    void send_interim(const http::response_head& head);
    /// 100 Continue, from those who need the body before they decide.
    void send_continue();
    /// The answer of a target. Returns where its body goes.
    net::body_sink& answer_from(const http::response_head& head);
    net::body_sink& switch_protocols(const http::response_head& head);
    /// The answer cannot be completed: the client must not take it for the whole.
    void break_off(std::string_view reason);

    void hold(holder* who) { holder_ = who; }

    // -- what the log and the metrics tell -------------------------------------------------------
    struct {
        std::string_view target;
        std::shared_ptr<const void> target_owner; ///< keeps what `target` points to
        unsigned tries = 0;
        std::chrono::nanoseconds upstream{0}, own{0};
        std::string_view reason; ///< may point into reason_buffer
    } told;
    std::string reason_buffer;

private:
    friend class baton;
    class own_head;
    class target_head;

    ~exchange();
    void on_stream_ready() override;
    void on_stream_trouble(net::server_stream::trouble what) override;
    void on_stream_closed(bool complete, std::string_view why) override;
    void on_deadline();
    void cancel(holder::cause why);
    void on_last_baton();
    void send_own(const own_head& head, std::string_view body);
    void report(bool complete, std::string_view why);

    reactor_context& context_;
    std::unique_ptr<net::server_stream> stream_;
    net::timer deadline_timer_;
    net::time_point deadline_ = net::time_point::max();
    std::chrono::milliseconds time_allowed_{0};
    std::uint64_t uploaded_ = 0; // when the deadline was moved last
    holder* holder_ = nullptr;
    std::atomic<std::uint32_t> batons_{0};
    const origin origin_;
    bool over_ = false;
    std::string copied_body_;
    class large_body;
    std::unique_ptr<large_body> large_body_;
};

/// The right to decide about an exchange.
class baton {
public:
    baton() = default;
    explicit baton(exchange* of) : exchange_(of) {
        if (exchange_) exchange_->batons_.fetch_add(1, std::memory_order_relaxed);
    }
    baton(const baton& other) : baton(other.exchange_) {}
    baton(baton&& other) noexcept : exchange_(std::exchange(other.exchange_, nullptr)) {}
    baton& operator=(baton other) noexcept {
        std::swap(exchange_, other.exchange_);
        return *this;
    }
    ~baton() {
        if (exchange_ && exchange_->batons_.fetch_sub(1, std::memory_order_acq_rel) == 1)
            exchange_->on_last_baton();
    }
    exchange& operator*() const { return *exchange_; }
    exchange* operator->() const { return exchange_; }
    explicit operator bool() const { return exchange_ != nullptr; }

private:
    exchange* exchange_ = nullptr;
};

} // namespace thalamus::actors

// A baton never leaves the process.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::baton)
