#pragma once
// One call of an http_client, from its place in the queue to the last byte of the response:
//
//   waiting (for addresses, then for a connection)
//      ─► connecting ─► awaiting_response ─► reading_response ─► done
//           │   ▲ ▲             │
//           └───┘ └─────────────┘ the kept-alive connection was stale
//       next address
//
// The caller owns it: destroying it cancels the call, and its handler is not called any more. Used
// on the reactor's thread of its client only.

#include "base/intrusive_list.hpp"
#include "net/connection_pool.hpp"
#include "net/http_message.hpp"

#include <functional>
#include <optional>

namespace thalamus::net {

class http_client;

class http_call final : private upstream_connection::user,
                        public base::list_hook<>,
                        public base::list_hook<struct call_queue> {
public:
    /// May destroy any call including this one, make new calls, and destroy the client.
    using handler = std::function<void(http_result)>;

    ~http_call();

private:
    friend class http_client;
    using pools = std::vector<std::shared_ptr<connection_pool>>;
    enum class state : unsigned char {
        waiting,
        connecting,
        awaiting_response,
        reading_response,
        done
    };

    http_call(http_client& client, http_request request, time_point deadline, std::size_t max_body,
              handler on_result);

    // -- for the client --------------------------------------------------------------------------
    /// Leaves the queue: addresses are known, and a connection is available.
    void begin(const pools& to);
    void fail(http_failure::kind what, std::string text);
    /// The client is being destroyed. May destroy this call.
    void abandon();
    using queue_hook = base::list_hook<call_queue>;

    // --------------------------------------------------------------------------------------------
    void on_upstream_ready() override;
    void on_timer();
    void connect();
    void connect_next();
    void ask();
    void resume();
    void send_body();
    void read_head();
    void begin_response();
    void read_body();
    void closed_without_response();
    void finish(http_result result, bool keep);
    void deliver();
    void detach();
    void return_connection(bool keep);
    void fail_here(http_failure::kind what, std::string_view text);

    http_client* client_; // null once delivered or abandoned
    http_request request_;
    const time_point deadline_;
    const std::size_t max_body_;
    handler on_result_;
    pools pools_;                                     // one for each address, in the order of use
    std::size_t at_ = 0;                              // index into pools_
    std::unique_ptr<upstream_connection> connection_; // of pools_[at_]
    std::string_view unsent_;                         // of request_.body
    std::optional<http_response> response_;
    std::optional<http_result> result_; // timer_ delivers it
    timer timer_;
    std::string connect_errors_; // of the addresses tried before
    unsigned interims_ = 0;
    state state_ = state::waiting;
};

} // namespace thalamus::net
