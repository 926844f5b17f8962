#pragma once
// One request and its response: the request data, every decision taken, and the functions to
// respond. It passes from actor to actor as an exchange_ptr; the actor that holds the exchange_ptr
// decides next. If the last exchange_ptr is destroyed before a response was sent (an actor died, or
// a fault), the client gets 503: an internal fault never leaves a client waiting.
//
// Lives while its stream is open or an exchange_ptr exists. Used on its reactor's thread only,
// though an exchange_ptr may be destroyed on another thread while actors shut down.

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

    /// Moves bytes for an exchange. The exchange detaches its handler before it is destroyed.
    class handler {
    public:
        /// The client side can make progress: more request body, or room for the response.
        virtual void on_stream_ready() = 0;
        enum class cause : unsigned char { client, deadline };
        /// The handler must release everything: the client left or stalls, or the deadline has
        /// passed and the gateway responds.
        virtual void on_cancelled(cause why) = 0;

    protected:
        ~handler() = default;
    };

    /// From a client, or from the admin port; admin exchanges are not logged or counted.
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
    std::shared_ptr<const auth::principal> principal; ///< null if not authenticated
    http::limit_fields limits; ///< for the response; may point into the two below
    std::string limit_policy, limit_state;
    std::string_view host() const { return http::authority_of(head()); }
    http::template_context templates() const;

    // -- deadline --------------------------------------------------------------------------------
    /// The deadline for the response head. While the request body arrives as fast as uploading()
    /// requires, the deadline is extended by the same time.
    void set_deadline(std::chrono::milliseconds after);
    std::chrono::milliseconds time_left() const;
    /// True if the request body is incomplete and at least 16 KiB of it (256 KiB if `others_wait`
    /// for its connection) have arrived since `seen`, which is then updated.
    bool uploading(std::uint64_t& seen, bool others_wait = false) const;

    // -- the response ----------------------------------------------------------------------------
    bool answered() const { return stream_->head_sent(); }
    /// The response head was sent, or the client is gone: nothing is left to decide.
    bool decided() const { return over_ || answered(); }
    /// Sends a problem details response (RFC 9457). `reason` also goes to the log; it is static
    /// text or kept in reason_buffer. A 503 without `fields` gets a Retry-After.
    void fail(unsigned status, std::string_view reason, std::string_view detail = {},
              std::span<const http::own_field> fields = {});
    /// fail() with a Retry-After.
    void fail_for(std::chrono::seconds retry_after, unsigned status, std::string_view reason,
                  std::string_view detail = {});
    /// Sends a local response. A `body` over 16 KiB must outlive the exchange (see
    /// respond_copy()).
    void respond(unsigned status, std::span<const http::own_field> fields, std::string_view body);
    void respond_copy(unsigned status, std::span<const http::own_field> fields, std::string body);
    void respond_to_preflight();
    void send_interim(const http::response_head& head);
    /// Sends 100 Continue, for handlers that need the body before they can respond.
    void send_continue();
    /// Sends the head of a target's response. Returns the sink for its body.
    net::body_sink& start_response(const http::response_head& head);
    net::body_sink& switch_protocols(const http::response_head& head);
    /// Aborts a response that cannot be completed, so that the client does not take it as complete.
    void abort_response(std::string_view reason);

    void set_handler(handler* who) { handler_ = who; }

    // -- facts for the access log and the metrics ------------------------------------------------
    struct {
        std::string_view target;
        std::shared_ptr<const void> target_owner; ///< keeps the text of `target` alive
        unsigned attempts = 0;
        std::chrono::nanoseconds upstream{0}, own{0};
        std::string_view reason; ///< may point into reason_buffer
    } facts;
    std::string reason_buffer;

private:
    friend class exchange_ptr;
    class own_head;
    class target_head;

    ~exchange();
    void on_stream_ready() override;
    void on_stream_trouble(net::server_stream::trouble what) override;
    void on_stream_closed(bool complete, std::string_view why) override;
    void on_deadline();
    void cancel(handler::cause why);
    void on_last_reference();
    void send_own(const own_head& head, std::string_view body);
    void report(bool complete, std::string_view why);

    reactor_context& context_;
    std::unique_ptr<net::server_stream> stream_;
    net::timer deadline_timer_;
    net::time_point deadline_ = net::time_point::max();
    std::chrono::milliseconds time_allowed_{0};
    std::uint64_t uploaded_ = 0; // bytes received at the last deadline extension
    handler* handler_ = nullptr;
    std::atomic<std::uint32_t> references_{0};
    const origin origin_;
    bool over_ = false;
    std::string copied_body_;
    class large_body;
    std::unique_ptr<large_body> large_body_;
};

/// A reference to an exchange, with the right to decide about it.
class exchange_ptr {
public:
    exchange_ptr() = default;
    explicit exchange_ptr(exchange* of) : exchange_(of) {
        if (exchange_) exchange_->references_.fetch_add(1, std::memory_order_relaxed);
    }
    exchange_ptr(const exchange_ptr& other) : exchange_ptr(other.exchange_) {}
    exchange_ptr(exchange_ptr&& other) noexcept
        : exchange_(std::exchange(other.exchange_, nullptr)) {}
    exchange_ptr& operator=(exchange_ptr other) noexcept {
        std::swap(exchange_, other.exchange_);
        return *this;
    }
    ~exchange_ptr() {
        if (exchange_ && exchange_->references_.fetch_sub(1, std::memory_order_acq_rel) == 1)
            exchange_->on_last_reference();
    }
    exchange& operator*() const { return *exchange_; }
    exchange* operator->() const { return exchange_; }
    explicit operator bool() const { return exchange_ != nullptr; }

private:
    exchange* exchange_ = nullptr;
};

} // namespace thalamus::actors

// An exchange_ptr never leaves the process.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::exchange_ptr)
