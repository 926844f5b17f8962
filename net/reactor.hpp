#pragma once
// One thread that does everything for its share of the connections: an Asio io_context (timers,
// signals, work from other threads), an edge-triggered poller for sockets, and a CAF execution unit
// for the actors that live here. A message between two actors of one reactor needs no lock and no
// wake-up.
//
// Everything here belongs to the reactor's own thread, except exec_later(), post() and stop(). The
// CAF half of the integration is in net/actor_runtime.hpp; only these two files know both.

#include "net/buffer.hpp"
#include "net/poller.hpp"
#include "net/timer.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <caf/execution_unit.hpp>

#include <deque>

namespace thalamus::net {

class reactor final : public caf::execution_unit {
public:
    reactor(caf::actor_system& system, unsigned index);
    ~reactor() override;

    unsigned index() const { return index_; }
    /// Runs until stop() was called and no actor is ready any more.
    void run();
    /// Any thread.
    void stop();
    /// Any thread: runs `f` on this reactor, within a turn.
    template <class F>
    void post(F f) {
        boost::asio::post(io_, [this, f = std::move(f)]() mutable { in_turn(f); });
    }
    /// On this reactor, from one's own Asio handler: runs `f` within a turn.
    template <class F>
    void in_turn(F&& f) {
        begin_turn();
        f();
        end_turn();
    }
    bool is_current() const;

    /// The time at the start of this turn.
    time_point now() const { return now_; }
    /// Reads the clock again.
    time_point refresh_now() { return now_ = clock::now(); }

    boost::asio::io_context& io() { return io_; }
    poller& sockets() { return poller_; }
    timer_queue& timers() { return timers_; }
    buffer_pool& buffers() { return buffers_; }

    /// CAF: an actor has messages. Any thread; the actor is always resumed here.
    void exec_later(caf::resumable* actor) override;

    /// A turn is one entry from outside. When it ends, actors that became ready run.
    void begin_turn();
    void end_turn();

private:
    void run_ready();
    void wake_at(time_point when);

    /// Actor resumes in a row before sockets and timers get their turn again.
    static constexpr int resumes_per_turn = 256;
    /// Messages that one actor handles in a row before the next actor's turn.
    static constexpr std::size_t messages_per_resume = 32;

    const unsigned index_;
    boost::asio::io_context io_{1};
    buffer_pool buffers_;
    boost::asio::steady_timer wake_up_{io_};
    timer_queue timers_;
    poller poller_;
    std::deque<caf::resumable*> ready_;
    time_point now_ = clock::now();
    int turns_ = 0; // nesting: a turn within a turn does not run actors
    bool drain_posted_ = false;
};

} // namespace thalamus::net
