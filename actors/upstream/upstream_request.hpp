#pragma once
// Forwards one exchange to a target and the response back: the attempts, their deadlines, and the
// bytes in both directions.
//
//   collecting (buffers a short body when connections are scarce: slow clients must not hold them)
//      ▼
//   waiting ──connection free──► connecting ──► awaiting_response ──response head──┐
//      ▲                             │                  │                          │
//      └──────retry (backing_off)────┴──────────────────┘                          │
//                                  done ◄── forwarding_response ◄──────────────────┤
//                                  done ◄── tunnel ◄────────101────────────────────┘
//
// Destroys itself when it is done, or is destroyed by its upstream; that reactor's thread only.
// Holds an exchange_ptr: if this object is destroyed before a response, the client gets 503.

#include "actors/request/exchange.hpp"
#include "actors/upstream/replay_buffer.hpp"
#include "actors/upstream/service_targets.hpp"
#include "base/intrusive_list.hpp"
#include "net/connection_pool.hpp"
#include "net/recycled.hpp"
#include "policies/balancing/retry.hpp"

#include <boost/container/small_vector.hpp>

namespace thalamus::actors {

class upstream;

class upstream_request final : private exchange::handler,
                               private net::upstream_connection::user,
                               public base::list_hook<>,
                               public base::list_hook<struct connection_queue>,
                               public net::recycled<upstream_request> {
public:
    using net::recycled<upstream_request>::operator new;
    using net::recycled<upstream_request>::operator delete;

    upstream_request(upstream& owner, exchange_ptr exchange);
    ~upstream_request();

    /// Picks a target and begins. May finish and thus destroy this object.
    void start();
    /// A connection may have become free: takes it if it leads to a target for this request. May
    /// destroy this object.
    void resume_waiting();

    /// Links this object into the queue for a connection.
    using queue_hook = base::list_hook<connection_queue>;

private:
    enum class state : unsigned char {
        collecting,
        waiting,
        connecting,
        awaiting_response,
        backing_off,
        forwarding_response,
        tunnel,
        done
    };

    void on_stream_ready() override;
    void on_cancelled(cause why) override;
    void on_upstream_ready() override;
    void on_timer();

    // Each of these may finish and thus destroy this object, so the caller must return. Those that
    // return a bool are described at their definitions.
    void collect();
    bool choose_target();
    void attempt();
    void acquire_or_wait();
    bool acquire();
    void ask();
    bool send_body();
    void read_response();
    void resume();
    void begin_forwarding();
    void begin_response();
    void forward_response_body();
    void carry_tunnel();
    void report_success();
    void complete();
    /// `cause` adds details for the log.
    void failed(balancing::failure what, std::string_view cause = {}, unsigned status = 0);
    void connect_failed();
    /// `reason` is static text, also sent to the client; `cause` adds details in the log.
    void give_up(unsigned status, std::string_view reason, std::string_view cause = {});
    void give_up_on_body(net::body_source::state why);
    void abort_response(std::string_view reason);

    void write_request(std::string& out);
    void end_own_time();
    void tell_upstream_time();
    bool awaits_target() const;
    void return_connection(bool keep);
    exchange_ptr detach();
    net::time_point in(std::chrono::milliseconds after) const;

    upstream& owner_;
    exchange_ptr exchange_;
    replay_buffer body_;
    std::shared_ptr<target_set> set_; // set_, pool_ and target_: the target chosen last
    std::shared_ptr<net::connection_pool> pool_;
    std::unique_ptr<net::upstream_connection> connection_;
    boost::container::small_vector<std::uint32_t, 4> tried_; // indices into set_->targets
    std::size_t target_ = 0;                                 // index into set_->targets
    net::body_sink* sink_ = nullptr;
    net::timer timer_;                     // for the current state
    net::timer budget_;                    // continues after other streams had their turn
    net::time_point gateway_part_ended_{}; // when the gateway time ended
    std::chrono::milliseconds idle_{0};    // idle timeout: forwarding_response and tunnel
    std::uint64_t uploaded_ = 0;           // bytes received at the last deadline extension
    unsigned attempts_ = 0, interims_ = 0;
    state state_ = state::waiting;
    bool body_sent_ = false, response_forwarded_ = false; // that direction has ended
    bool fresh_only_ = false;      // a kept-alive connection has failed: open a new one
    bool client_blocks_ = false;   // the client slows down the response
    bool body_waited_for_ = false; // the body was incomplete when it was forwarded
};

} // namespace thalamus::actors
