#pragma once
// Carries one exchange to a target and the answer back: the tries, their deadlines, and the bytes
// in both directions.
//
//   collecting (a short body first, where connections are scarce: slow clients must not hold all)
//      ▼
//   waiting ──connection free──► connecting ──► asking ──answer's head──► answering ──► done
//      ▲                            │             │                         └─101─► tunnel ─► done
//      └──────retry (backing_off)───┴─────────────┘
//
// Destroys itself when it is done, or is destroyed by its upstream; that reactor's thread only. Holds
// the baton: destroyed with an exchange unanswered, the client gets 503.

#include "actors/request/exchange.hpp"
#include "actors/upstream/replay_buffer.hpp"
#include "actors/upstream/service_targets.hpp"
#include "net/connection_pool.hpp"
#include "net/recycled.hpp"
#include "policies/balancing/retry.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/intrusive/list.hpp>

namespace thalamus::actors {

class upstream;

class relay final : private exchange::holder,
                    private net::upstream_connection::user,
                    public boost::intrusive::list_base_hook<
                        boost::intrusive::link_mode<boost::intrusive::auto_unlink>>,
                    public net::recycled<relay> {
public:
    using net::recycled<relay>::operator new;
    using net::recycled<relay>::operator delete;

    relay(upstream& owner, baton exchange);
    ~relay();

    /// Picks a target and begins. May finish, and so destroy, this relay.
    void start();
    /// A connection may have become free: takes it if it is for this one. May destroy this relay.
    void resume_waiting();

    /// In the line for a connection.
    boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>
        waiting_hook;

private:
    enum class state : unsigned char {
        collecting,
        waiting,
        connecting,
        asking,
        backing_off,
        answering,
        tunnel,
        done
    };

    void on_stream_ready() override;
    void on_cancelled(cause why) override;
    void on_upstream_ready() override;
    void on_timer();

    // Each of these may finish, and so destroy, the relay: they end the caller's turn. Those that
    // return bool say whether the relay still is in the state it was called in.
    void collect();
    bool choose_target();
    void attempt();
    void acquire_or_wait();
    bool acquire();
    void ask();
    bool send_body();
    void read_answer();
    void carry_on();
    void answer();
    void begin_answer();
    void carry_answer();
    void carry_tunnel();
    void report_success();
    void complete();
    /// `cause` in more words, for the log.
    void failed(balancing::failure what, std::string_view cause = {}, unsigned status = 0);
    void connect_failed();
    /// `reason` is static text, also for the client; `cause` adds to it in the log.
    void give_up(unsigned status, std::string_view reason, std::string_view cause = {});
    void give_up_on_body(net::body_source::state why);
    void break_off(std::string_view reason);

    void write_request(std::string& out);
    void end_own_time();
    void tell_upstream_time();
    bool awaits_target() const;
    void return_connection(bool keep);
    baton let_go();
    net::time_point in(std::chrono::milliseconds after) const;

    upstream& owner_;
    baton exchange_;
    kept_body body_;
    std::shared_ptr<target_set> set_; // with pool_ and target_: of the target chosen last
    std::shared_ptr<net::connection_pool> pool_;
    std::unique_ptr<net::upstream_connection> connection_;
    boost::container::small_vector<std::uint32_t, 4> tried_; // indices into set_->targets
    std::size_t target_ = 0;                                 // index into set_->targets
    net::body_sink* sink_ = nullptr;
    net::timer timer_;                  // of the present state
    net::timer budget_;                 // to go on after others had their turn
    net::time_point own_ended_{};       // the rest is not the gateway's time
    std::chrono::milliseconds idle_{0}; // answering and tunnel: without a byte
    std::uint64_t uploaded_ = 0;        // when the try's deadline was moved last
    unsigned tries_ = 0, interims_ = 0;
    state state_ = state::waiting;
    bool body_sent_ = false, answer_carried_ = false; // that direction has ended
    bool fresh_only_ = false;      // a kept-alive connection has failed: make a new one
    bool client_holds_ = false;    // the answer moves no faster than the client takes it
    bool body_waited_for_ = false; // the request was not complete when it was sent on
};

} // namespace thalamus::actors
